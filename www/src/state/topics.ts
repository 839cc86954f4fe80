import { computed, effect, signal } from "@preact/signals";
import type { Client, Topic } from "ottla";
import { answer, client } from "./connection";
import { selected } from "./route";
import { forgetSamples, sample } from "./throughput";

const SELECTED_EVERY_MS = 1_000;
/** The whole list costs a request a broker for each partition's offsets: less often. */
const ALL_EVERY = 4;

/** What the cluster has; null before the first answer. */
export const topics = signal<readonly Topic[] | null>(null);

export const showInternal = signal(false);
export const filter = signal("");

/** The list as it is shown. */
export const shown = computed(() => {
  const words = filter.value.trim().toLowerCase();
  return (topics.value ?? []).filter(
    (topic) => (showInternal.value || !topic.internal) && topic.name.toLowerCase().includes(words),
  );
});

/** The topic that the page is about: the one in its address, or else the first. */
export const current = computed<Topic | null>(() => {
  const list = topics.value ?? [];
  if (selected.value !== null) return list.find((topic) => topic.name === selected.value) ?? null;
  return list.find((topic) => !topic.internal) ?? null;
});

/** Its name, which changes less often than its offsets. */
export const currentName = computed(() => current.value?.name ?? null);

/** How many messages a topic holds, by its offsets; compaction and transactions may leave fewer. */
export function held(topic: Topic): bigint {
  return topic.partitions.reduce((sum, { first, last }) => sum + ((last ?? 0n) - (first ?? 0n)), 0n);
}

function merge(fresh: readonly Topic[]): void {
  const byName = new Map(fresh.map((topic) => [topic.name, topic]));
  topics.value = (topics.peek() ?? []).map((topic) => byName.get(topic.name) ?? topic);
}

/** Asks for the whole list now. */
export async function refresh(from: Client): Promise<void> {
  const list = await answer(from, from.topics());
  if (from === client.peek()) topics.value = list;
}

async function refreshCurrent(from: Client, name: string): Promise<void> {
  const [topic] = await answer(from, from.topics({ names: [name] }));
  if (from === client.peek() && topic !== undefined) merge([topic]);
}

async function poll(from: Client): Promise<void> {
  for (let turn = 0; from === client.peek(); turn++) {
    const name = currentName.peek();
    try {
      await (turn % ALL_EVERY === 0 || name === null ? refresh(from) : refreshCurrent(from, name));
      const topic = current.peek();
      if (topic !== null) sample(topic);
    } catch {
      // `answer` has told the page; the next turn asks again.
    }
    await new Promise((resolve) => setTimeout(resolve, SELECTED_EVERY_MS));
  }
}

/** Keeps the list up to date for as long as there is a client. */
export function watchTopics(): void {
  effect(() => {
    const from = client.value;
    topics.value = null;
    if (from !== null) void poll(from);
  });
  effect(() => {
    void currentName.value;
    forgetSamples();
  });
}
