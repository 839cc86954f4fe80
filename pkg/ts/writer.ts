import { closed, misuse } from "./error.js";
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
  /** How long a batch waits for company, in milliseconds. Default: 5. */
  lingerMs?: number;
  /** The largest batch, in bytes before compression. Default: 1 MiB less room for Kafka's own limit. */
  batchBytes?: number;
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
  #closed = false;

  /** @internal */
  constructor(handle: wasm.Writer, topic: string | undefined) {
    this.#handle = handle;
    this.#topic = topic;
  }

  /**
   * Writes one message or many, and resolves, once they are acknowledged, with where each is, in
   * the order given. Await it: that is the back-pressure.
   *
   * @throws {@link KafkaError} of the first message that failed; others of the same call may have
   *   been written. `misuse` for a message that can't be one: then nothing was sent.
   */
  async write(messages: MessageInit | readonly MessageInit[]): Promise<Delivered[]> {
    if (this.#closed) throw closed("writer");
    const list = Array.isArray(messages) ? (messages as readonly MessageInit[]) : [messages as MessageInit];
    const topics = list.map((message) => this.#topicOf(message));
    if (list.length === 0) return [];
    const places = await this.#handle.write(pack(list));
    return topics.map((topic, i) => ({
      topic,
      partition: Number(places[3 * i]),
      offset: places[3 * i + 1] ?? -1n,
      timestamp: Number(places[3 * i + 2]),
    }));
  }

  /** Sends what waits in open batches now, and resolves when it is acknowledged or has failed. */
  async flush(): Promise<void> {
    if (this.#closed) throw closed("writer");
    await this.#handle.flush();
  }

  /** Flushes, then refuses further writes. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
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
