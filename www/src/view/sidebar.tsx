import type { Topic } from "ottla";
import { useRef } from "preact/hooks";
import { plural, short } from "../format";
import { linkTo } from "../state/route";
import { currentName, filter, held, showInternal, shown, topics } from "../state/topics";
import { CreateForm } from "./create";
import { Dialog } from "./dialog";
import { Plus } from "./icons";

function Item({ topic }: { topic: Topic }) {
  const here = topic.name === currentName.value;
  return (
    <li>
      <a href={linkTo(topic.name)} aria-current={here ? "page" : undefined}>
        <span class="name" title={topic.name}>{topic.name}</span>
        <span class="count" title="Messages held">{short(held(topic))}</span>
        <span class="sub">{plural(topic.partitions.length, "partition")}</span>
      </a>
    </li>
  );
}

/** The topics. */
export function Sidebar() {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = shown.value;
  return (
    <nav class="sidebar" aria-label="Topics">
      <div class="sidebar-head">
        <h2>Topics <span class="count">{topics.value === null ? "" : list.length}</span></h2>
        <button type="button" onClick={() => dialog.current?.showModal()}><Plus />New topic</button>
      </div>
      <div class="filter">
        <input id="filter" type="search" placeholder="Filter" aria-label="Filter topics" value={filter.value} onInput={(event) => {
          filter.value = event.currentTarget.value;
        }} />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <ul class="topics">{list.map((topic) => <Item key={topic.name} topic={topic} />)}</ul>
      {topics.value !== null && list.length === 0 && filter.value !== "" && <p class="hint">No topic has “{filter.value}” in its name.</p>}
      <label class="check">
        <input type="checkbox" checked={showInternal.value} onChange={(event) => {
          showInternal.value = event.currentTarget.checked;
        }} />
        Kafka’s internal topics
      </label>
      <Dialog inner={dialog} title="New topic">
        <CreateForm done={() => dialog.current?.close()} />
      </Dialog>
    </nav>
  );
}
