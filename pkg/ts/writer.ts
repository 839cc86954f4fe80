import { closed, KafkaError, misuse, WriteError } from "./error.js";
import type { Delivered, MessageInit } from "./message.js";
import { pack } from "./pack.js";
import type * as wasm from "./wasm/ottla.js";

/** How batches are compressed. */
export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** When a message counts as written: by every in-sync replica, by the leader alone, or when it was sent. */
export type Acks = "all" | "one" | "none";

/** Options of {@link Client.writer}. */
export interface WriterOptions {
  /** The topic of every message. Default: each message names its own. */
  topic?: string;
  /** Default: `"none"`. */
  compression?: Compression;
  /** Default: `"all"`. */
  acks?: Acks;
  /**
   * How long a batch may wait for company while another request to its broker is under way, in
   * milliseconds. With none under way it leaves at once. Default: 5.
   */
  lingerMs?: number;
  /** The most bytes of a batch, before compression. Default: 1 048 576, just under what brokers take. */
  batchBytes?: number;
  /** The most bytes that wait to be acknowledged; further writes wait for room. Default: 8 388 608. */
  bufferBytes?: number;
  /** How long a message is tried for before its write fails, in milliseconds. Default: 120 000. */
  deliveryTimeoutMs?: number;
}

/**
 * Writes messages, batched by partition. Writes may overlap: messages of one partition keep the
 * order of the calls.
 */
export class Writer {
  readonly #handle: wasm.Writer;
  readonly #topic: string | undefined;
  #sending: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @internal */
  constructor(handle: wasm.Writer, topic: string | undefined) {
    this.#handle = handle;
    this.#topic = topic;
  }

  /**
   * Writes one message or many, and resolves, once all are acknowledged, with where each is, in
   * the order given. Await it: that is the back-pressure.
   *
   * @throws {@link KafkaError} `misuse` for a message that can't be one: then nothing was sent.
   *   {@link WriteError} when some or all were not delivered: it has the outcome of each.
   */
  async write(messages: MessageInit | readonly MessageInit[]): Promise<Delivered[]> {
    if (this.#closed) throw closed("writer");
    const list = Array.isArray(messages) ? (messages as readonly MessageInit[]) : [messages as MessageInit];
    const topics = list.map((message) => this.#topicOf(message));
    if (list.length === 0) return [];
    const packed = pack(list, this.#topic === undefined);
    const sending = this.#sending.then(() => this.#handle.send(packed));
    this.#sending = sending.catch(() => undefined);
    const failures: KafkaError[] = [];
    const places = await (await sending).delivered(failures);
    const delivered = topics.map((topic, i) => ({
      topic,
      partition: Number(places[3 * i]),
      offset: places[3 * i + 1] ?? -1n,
      timestamp: Number(places[3 * i + 2]),
    }));
    if (failures.length > 0) throw writeError(delivered, failures);
    return delivered;
  }

  /**
   * Sends what waits in open batches now, and resolves when it is acknowledged.
   *
   * @throws {@link KafkaError} The first failure.
   */
  async flush(): Promise<void> {
    if (this.#closed) throw closed("writer");
    await this.#sending;
    await this.#handle.flush();
  }

  /**
   * Flushes, for at most `timeoutMs` milliseconds (default 30 000), and refuses further writes.
   *
   * @throws {@link KafkaError} The first failure, or `timeout`: then what was left may or may not
   *   have been written.
   */
  async close(timeoutMs: number = 30_000): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#sending;
    await this.#handle.close(timeoutMs);
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #topicOf(message: MessageInit): string {
    if (message === null || typeof message !== "object") throw misuse("a message must be an object with a value");
    if (this.#topic !== undefined && message.topic !== undefined && message.topic !== this.#topic) {
      throw misuse(`this writer writes to "${this.#topic}": leave the message's topic out, or the writer's`);
    }
    const topic = message.topic ?? this.#topic;
    if (topic === undefined) throw misuse("neither the writer nor the message names a topic");
    return topic;
  }
}

/** `failures` has a hole where a message was delivered. */
function writeError(delivered: readonly Delivered[], failures: readonly KafkaError[]): WriteError {
  const outcomes = delivered.map((place, i) => failures[i] ?? place);
  const failed = outcomes.filter((outcome): outcome is KafkaError => outcome instanceof KafkaError);
  const first = failed[0] ?? misuse("the write failed for no reason given");
  const message =
    outcomes.length === 1 ? first.message : `${failed.length} of ${outcomes.length} messages were not delivered: ${first.message}`;
  return new WriteError(message, first, outcomes);
}
