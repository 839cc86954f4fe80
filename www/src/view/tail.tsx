import type { Topic } from "ottla";
import { useSignal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Look } from "../bytes";
import { full } from "../format";
import { clearRows, from, partition, paused, placed, rows, ROWS_KEPT, seen, setPartition, setPaused, tailProblem } from "../state/tail";
import { Choice } from "./choice";
import { Pause, Play } from "./icons";
import { TailRow } from "./row";

function Empty() {
  const words = !placed.value
    ? "Asking the brokers where to begin…"
    : from.value === "last"
      ? "Waiting for new messages. Choose “First” to see older ones."
      : "Waiting for the first message.";
  return <p class="nothing">{words}</p>;
}

function PartitionSelect({ topic }: { topic: Topic }) {
  return (
    <select aria-label="Partition to show" value={partition.value ?? ""} onChange={(event) => {
      const { value } = event.currentTarget;
      setPartition(value === "" ? null : Number(value));
    }}>
      <option value="">All partitions</option>
      {topic.partitions.map(({ id }) => <option key={id} value={id}>Partition {id}</option>)}
    </select>
  );
}

function Status() {
  if (tailProblem.value !== null) return <p class="problem" role="alert">{tailProblem.value}</p>;
  const count = seen.value;
  return (
    <p class="hint">
      {full(count)} read{count > ROWS_KEPT ? `, the newest ${ROWS_KEPT} kept` : ""}
    </p>
  );
}

/** The messages of a topic as they come. */
export function Tail({ topic }: { topic: Topic }) {
  const [look, setLook] = useState<Look>("text");
  const open = useSignal<number | null>(null);
  return (
    <section class="card tail" aria-labelledby="tail">
      <header>
        <h2 id="tail">Messages</h2>
        <Status />
        <div class="tools">
          <Choice name="Start at" value={from.value} of={{ first: "First", last: "Last" }} choose={(start) => {
            from.value = start;
          }} />
          <Choice name="Show bytes as" value={look} of={{ text: "Text", hex: "Hex" }} choose={setLook} />
          <PartitionSelect topic={topic} />
          <button type="button" class="quiet" onClick={clearRows}>Clear</button>
          <button type="button" aria-pressed={paused.value} onClick={() => setPaused(!paused.value)}>
            {paused.value ? <><Play />Resume</> : <><Pause />Pause</>}
          </button>
        </div>
      </header>
      <div class="rows" role="table" aria-label={`Messages of ${topic.name}, newest first`}>
        <div class="row head" role="row">
          {["Time", "Part.", "Offset", "Key", "Value"].map((name) => <span role="columnheader" key={name}>{name}</span>)}
        </div>
        {rows.value.map((row) => <TailRow key={row.id} row={row} look={look} open={open} />)}
        {rows.value.length === 0 && <Empty />}
      </div>
    </section>
  );
}
