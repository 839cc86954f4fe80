import { computed, effect, signal } from "@preact/signals";
import { type Client, KafkaError, type Message, type Reader } from "ottla";
import { client } from "./connection";
import { inOneLine } from "./problem";
import { currentName, topics } from "./topics";

/** How many rows are kept: older ones make room. */
export const ROWS_KEPT = 200;
const AT_ONCE = 500;
const RETRY_MS = 2_000;
const LOOK_EVERY_MS = 50;
/** New rows come together this often at most. */
const SHOW_EVERY_MS = 120;

/** A message and the number it came as, which is its row's identity. */
export interface Row {
  readonly id: number;
  readonly message: Message;
}

/** Newest first. */
export const rows = signal<readonly Row[]>([]);
/** How many messages came since the tail began. */
export const seen = signal(0);
export const from = signal<"first" | "last">("last");

// Both are of one topic, so that they end with it.
const pausedTopic = signal<string | null>(null);
const chosen = signal<{ readonly topic: string; readonly partition: number } | null>(null);

export const paused = computed(() => pausedTopic.value !== null && pausedTopic.value === currentName.value);
/** Null for all. */
export const partition = computed(() => (chosen.value?.topic === currentName.value ? (chosen.value?.partition ?? null) : null));

/** Whether the place to read on from is known: from then on nothing new is missed. */
export const placed = signal(false);
export const tailProblem = signal<string | null>(null);

/** Holds the current topic's tail, or lets it go on where it stopped. */
export function setPaused(on: boolean): void {
  pausedTopic.value = on ? currentName.peek() : null;
}

/** Shows one partition of the current topic, or all. */
export function setPartition(only: number | null): void {
  const topic = currentName.peek();
  chosen.value = only === null || topic === null ? null : { topic, partition: only };
}

/** Empties the list; the reading goes on. */
export function clearRows(): void {
  rows.value = [];
  seen.value = 0;
}

function unpaused(): Promise<void> {
  if (!paused.peek()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = paused.subscribe((on) => {
      if (on) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function show(messages: readonly Message[]): void {
  const first = seen.peek();
  const fresh = messages.map((message, i) => ({ id: first + i, message })).slice(-ROWS_KEPT).reverse();
  seen.value = first + messages.length;
  rows.value = [...fresh, ...rows.peek()].slice(0, ROWS_KEPT);
}

/** Waits until the brokers have said where to begin. */
async function untilPlaced(reader: Reader, topic: string, live: () => boolean): Promise<void> {
  const only = partition.peek();
  while (live()) {
    const all = topics.peek()?.find(({ name }) => name === topic)?.partitions ?? [];
    const read = all.filter(({ id }) => only === null || id === only);
    if (read.every(({ id }) => reader.offset(id) !== null)) break;
    await pause(LOOK_EVERY_MS);
  }
  if (live()) placed.value = true;
}

async function follow(reader: Reader, live: () => boolean): Promise<void> {
  while (live()) {
    await unpaused();
    const messages = await reader.poll(AT_ONCE);
    await unpaused();
    if (!live()) return;
    show(messages);
    tailProblem.value = null;
    await pause(SHOW_EVERY_MS);
  }
}

/** Reads until it is stopped; on an error it says so, and begins again. */
async function run(on: Client, topic: string, live: () => boolean, opened: (reader: Reader) => void): Promise<void> {
  while (live()) {
    try {
      const only = partition.peek();
      const reader = on.reader({ topic, from: from.peek(), ...(only === null ? {} : { partition: only }) });
      opened(reader);
      void untilPlaced(reader, topic, live);
      await follow(reader, live);
    } catch (error) {
      if (!live() || (error instanceof KafkaError && error.kind === "closed")) return;
      tailProblem.value = inOneLine(error);
      await pause(RETRY_MS);
    }
  }
}

/** Follows the current topic, anew whenever the topic, the start or the partition changes. */
export function watchTail(): void {
  effect(() => {
    const on = client.value;
    const topic = currentName.value;
    void [from.value, partition.value];
    clearRows();
    placed.value = false;
    tailProblem.value = null;
    if (on === null || topic === null) return;
    let alive = true;
    let reader: Reader | undefined;
    void run(on, topic, () => alive, (opened) => {
      reader = opened;
    });
    return () => {
      alive = false;
      void reader?.close();
    };
  });
}
