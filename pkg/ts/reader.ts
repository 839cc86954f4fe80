import { closed, KafkaError, misuse } from "./error.js";
import type { Message } from "./message.js";
import { unpack } from "./unpack.js";
import type * as wasm from "./wasm/ottla.js";

/**
 * Where to begin: at the oldest message still there, after the newest, at an offset, or at the
 * first message of a time or later.
 */
export type StartPosition = "first" | "last" | bigint | Date;

/** Options of {@link Client.reader}. */
export interface ReaderOptions {
  topic: string;
  /** Default: all of them. */
  partition?: number;
  /** Default: `"first"`. An offset only makes sense with a partition. */
  from?: StartPosition;
  /** A broker answers once it has this many bytes, or `maxWaitMs` is over. Default: 1. */
  minBytes?: number;
  /** The most bytes of one answer, give or take a batch. Default: 2 097 152. */
  maxBytes?: number;
  /** The most bytes to fetch ahead of what was read, as they come, compressed. Default: 4 194 304. */
  queueBytes?: number;
  /** How long a broker may wait for `minBytes`, in milliseconds. Default: 500. */
  maxWaitMs?: number;
  /** How long failures that may pass, such as a lost broker, are kept from you, in milliseconds. Default: 60 000. */
  patienceMs?: number;
  /** Whether to leave out what transactions have not committed. Default: false. */
  readCommitted?: boolean;
}

/** How many messages a read of one takes over from wasm. */
const AHEAD = 500;

/**
 * Reads a topic. It survives reconnects and moved leaders: each message comes once, in the order of
 * its partition. Messages are fetched ahead, up to `queueBytes`, and no further when nobody reads.
 */
export class Reader implements AsyncIterable<Message> {
  readonly #handle: wasm.Reader;
  readonly #topic: string;
  #ready: Message[] = [];
  #next = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @internal */
  constructor(client: wasm.Client, options: ReaderOptions) {
    const from = options.from ?? "first";
    const isOffset = typeof from === "bigint";
    if (isOffset && options.partition === undefined) {
      throw misuse("an offset means something in one partition only: name the partition too");
    }
    if (!isOffset && !(from instanceof Date) && from !== "first" && from !== "last") {
      throw misuse(`from must be "first", "last", a bigint or a Date, not ${String(from)}`);
    }
    if (from instanceof Date && Number.isNaN(from.getTime())) throw misuse("from is not a valid Date");
    const start = from instanceof Date ? BigInt(from.getTime()) : isOffset ? from : undefined;
    const kind = from instanceof Date ? "time" : isOffset ? "offset" : from;
    this.#topic = options.topic;
    this.#handle = client.reader(options, kind, start);
  }

  /**
   * The next message, waiting for it if need be. Calls that overlap are served in order.
   *
   * @throws {@link KafkaError} `closed` once the reader is closed; with a code when the topic can't
   *   be read, such as `UNKNOWN_TOPIC_OR_PARTITION` or `TOPIC_AUTHORIZATION_FAILED`.
   */
  read(): Promise<Message> {
    return this.#inTurn(async () => {
      for (;;) {
        const message = this.#ready[this.#next];
        if (message !== undefined) {
          this.#next++;
          return message;
        }
        await this.#fill(AHEAD);
      }
    });
  }

  /**
   * The next messages, waiting for one if need be: at least one, at most `max` (default 500), and
   * all of one partition.
   *
   * @throws As {@link read}.
   */
  poll(max: number = AHEAD): Promise<Message[]> {
    if (!Number.isInteger(max) || max < 1) throw misuse("max must be a whole number from 1");
    return this.#inTurn(async () => {
      while (this.#next >= this.#ready.length) await this.#fill(max);
      const messages = this.#ready.slice(this.#next, this.#next + max);
      this.#next += messages.length;
      return messages;
    });
  }

  /**
   * The offset of the next message to be read of a partition; null while it is not known: before
   * the broker has said where `"first"`, `"last"` or a time is, and for partitions that are not read.
   */
  offset(partition: number): bigint | null {
    const next = this.#ready[this.#next];
    if (next?.partition === partition) return next.offset;
    return this.#handle.offset(this.#topic, partition) ?? null;
  }

  /** Stops fetching. A read that waits rejects, a `for await` ends. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#ready = [];
    await this.#handle.close();
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Message by message until the reader is closed. Leaving the loop closes it: to go on later, use {@link read}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, void> {
    try {
      for (;;) yield await this.read();
    } catch (error) {
      if (!(this.#closed && error instanceof KafkaError && error.kind === "closed")) throw error;
    } finally {
      await this.close();
    }
  }

  async #fill(max: number): Promise<void> {
    if (this.#closed) throw closed("reader");
    const messages = unpack(await this.#handle.poll(max));
    if (this.#closed) throw closed("reader");
    this.#ready = messages;
    this.#next = 0;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
