import type { Partition, Topic } from "ottla";
import { full } from "../format";

function offset(value: bigint | null): string {
  return value === null ? "–" : full(value);
}

function Line({ partition }: { partition: Partition }) {
  const { id, leader, replicas, isr, first, last } = partition;
  const behind = replicas.filter((node) => !isr.includes(node));
  return (
    <tr>
      <th scope="row">{id}</th>
      <td title={`Replicas ${replicas.join(", ")}; in sync ${isr.join(", ")}`}>
        {leader === null ? <span class="problem">none</span> : leader}
        {behind.length > 0 && <span class="problem" title={`Not in sync: ${behind.join(", ")}`}> !</span>}
      </td>
      <td class="number">{offset(first)}</td>
      <td class="number">{offset(last)}</td>
    </tr>
  );
}

/** A topic's partitions and their offsets. */
export function Partitions({ topic }: { topic: Topic }) {
  return (
    <section class="card" aria-labelledby="partitions">
      <header><h2 id="partitions">Partitions</h2></header>
      <div class="scroll">
        <table>
          <thead>
            <tr><th scope="col">Id</th><th scope="col">Leader</th><th scope="col" class="number">First</th><th scope="col" class="number">Last</th></tr>
          </thead>
          <tbody>{topic.partitions.map((partition) => <Line key={partition.id} partition={partition} />)}</tbody>
        </table>
      </div>
    </section>
  );
}
