import type { Topic } from "ottla";
import { plural } from "../format";
import { held } from "../state/topics";
import { DeleteButton } from "./delete";
import { Partitions } from "./partitions";
import { ProduceForm } from "./produce";
import { Tail } from "./tail";
import { Throughput } from "./throughput";

/** All about one topic. */
export function TopicPage({ topic }: { topic: Topic }) {
  const replicas = topic.partitions[0]?.replicas.length ?? 0;
  return (
    <>
      <header class="topic-head">
        <h1>{topic.name}</h1>
        <p>
          {plural(topic.partitions.length, "partition")}
          {replicas > 0 && <> · {plural(replicas, "replica")}</>} · <span title="By its offsets: last less first">{plural(held(topic), "message")}</span>
        </p>
        {!topic.internal && <DeleteButton name={topic.name} />}
      </header>
      <div class="columns">
        <div class="wide">
          <Throughput />
          <Tail topic={topic} />
        </div>
        <div class="narrow">
          <ProduceForm topic={topic} />
          <Partitions topic={topic} />
        </div>
      </div>
    </>
  );
}
