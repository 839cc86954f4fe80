import type { Compression, Topic } from "ottla";
import { useState } from "preact/hooks";
import { linkTo } from "../state/route";
import { type Draft, send, type Sent } from "../state/produce";
import { topics } from "../state/topics";
import { HeaderFields } from "./headers";

const CODECS: readonly Compression[] = ["none", "gzip", "snappy", "lz4", "zstd"];

function Outcome({ sent }: { sent: Sent | null }) {
  if (sent === null) return null;
  if ("problem" in sent) return <p class="problem">{sent.problem}</p>;
  const { topic, partition, offset } = sent.place;
  return <p class="done">Written to <a href={linkTo(topic)}>{topic}</a>, partition {partition}, offset {String(offset)}.</p>;
}

/** Writes a message to a topic. */
export function ProduceForm({ topic }: { topic: Topic }) {
  const [draft, setDraft] = useState<Draft>({
    topic: topic.name, key: "", value: "", tombstone: false, headers: [], partition: null, codec: "none",
  });
  const [sent, setSent] = useState<Sent | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const target = topics.value?.find(({ name }) => name === draft.topic) ?? topic;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setSent(await send(draft));
    setBusy(false);
  };

  return (
    <section class="card" aria-labelledby="produce">
      <header><h2 id="produce">Produce</h2></header>
      <form class="fields" onSubmit={submit} onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      }}>
        <label class="field">
          <span>Topic</span>
          <select value={draft.topic} onChange={(event) => change({ topic: event.currentTarget.value, partition: null })}>
            {(topics.value ?? [topic]).filter(({ internal }) => !internal).map(({ name }) => <option key={name}>{name}</option>)}
          </select>
        </label>
        <label class="field">
          <span>Key</span>
          <input type="text" class="mono" value={draft.key} spellcheck={false} placeholder="none" onInput={(event) => change({ key: event.currentTarget.value })} />
        </label>
        <div class="field">
          <label for="value">Value</label>
          <textarea id="value" class="mono" rows={5} value={draft.value} disabled={draft.tombstone} spellcheck={false} onInput={(event) => change({ value: event.currentTarget.value })} />
          <label class="check">
            <input type="checkbox" checked={draft.tombstone} onChange={(event) => change({ tombstone: event.currentTarget.checked })} />
            Null (tombstone)
          </label>
        </div>
        <HeaderFields headers={draft.headers} change={(headers) => change({ headers })} />
        <div class="pair">
          <label class="field">
            <span>Partition</span>
            <select value={draft.partition ?? ""} onChange={(event) => change({ partition: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })}>
              <option value="">By key</option>
              {target.partitions.map(({ id }) => <option key={id} value={id}>{id}</option>)}
            </select>
          </label>
          <label class="field">
            <span>Compression</span>
            <select value={draft.codec} onChange={(event) => change({ codec: event.currentTarget.value as Compression })}>
              {CODECS.map((codec) => <option key={codec}>{codec}</option>)}
            </select>
          </label>
        </div>
        <button type="submit" class="main" disabled={busy} title="Ctrl+Enter">{busy ? "Writing…" : "Produce"}</button>
        <div role="status" class="outcome"><Outcome sent={sent} /></div>
      </form>
    </section>
  );
}
