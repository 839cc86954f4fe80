import { closed, KafkaError, misuse } from "./error.js";
import type { Message } from "./message.js";
import { place, STARTS, STOPS, type StartPosition, type StopPosition } from "./position.js";
import { type ReaderStats, readerStats } from "./stats.js";
import { unpack } from "./unpack.js";
import type * as wasm from "./wasm/ottla.js";

/** Options of {@link Client.reader}. */
export interface ReaderOptions {
  topic: string;
  /** Default: all of them. */
  partition?: number;
  /** Default: `"first"`. An offset only makes sense with a partition. */
  from?: StartPosition;
  /**
   * Once every partition is read up to there, reads reject with kind `"end"` and a `for await` ends.
   * An offset only makes sense with a partition. Default: never.
   */
  until?: StopPosition;
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
  readonly #partition: number | undefined;
  /** Which seek concerned a partition last: what was read before that is dropped. */
  readonly #sought = new Map<number | undefined, number>();
  #seeks = 0;
  /** How many messages seeks have dropped here, which wasm took for handed out. */
  #dropped = 0;
  #ready: Message[] = [];
  #next = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @internal */
  constructor(client: wasm.Client, options: ReaderOptions) {
    const { topic, partition, until } = options;
    const from = place("from", options.from ?? "first", STARTS, partition);
    const to = until === undefined ? undefined : place("until", until, STOPS, partition);
    this.#topic = topic;
    this.#partition = partition;
    this.#handle = client.reader(options, from.kind, from.at, to?.kind, to?.at);
  }

  /**
   * The next message, waiting for it if need be. Calls that overlap are served in order.
   *
   * @throws {@link KafkaError} `closed` once the reader is closed; `end` where it stops; with a code when the topic can't
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

  /**
   * Goes on somewhere else: in one partition, or without `partition` in all that are read. Where the
   * reader stops stays where it was.
   *
   * @throws {@link KafkaError} `misuse` when the partition is not read, or not known yet, or for an
   *   offset without a partition.
   */
  seek(to: StartPosition, partition?: number): void {
    if (this.#closed) throw closed("reader");
    const { kind, at } = place("to", to, STARTS, partition ?? this.#partition);
    this.#handle.seek(this.#topic, partition, kind, at);
    this.#sought.set(partition, ++this.#seeks);
    if (partition === undefined || this.#ready[this.#next]?.partition === partition) {
      this.#dropped += this.#ahead();
      this.#ready = [];
    }
  }

  /** What it has done so far, and how it stands. Costs no request. */
  stats(): ReaderStats {
    return readerStats(this.#handle.stats(), this.#ahead(), this.#dropped);
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

  /** Message by message until the reader is closed, or stops. Leaving the loop closes it: to go on later, use {@link read}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, void> {
    try {
      for (;;) yield await this.read();
    } catch (error) {
      const kind = error instanceof KafkaError ? error.kind : undefined;
      if (!(kind === "end" || (kind === "closed" && this.#closed))) throw error;
    } finally {
      await this.close();
    }
  }

  /** How many messages are here and not handed out. */
  #ahead(): number {
    return Math.max(0, this.#ready.length - this.#next);
  }

  async #fill(max: number): Promise<void> {
    if (this.#closed) throw closed("reader");
    const { seeks, partition, messages } = unpack(await this.#handle.poll(max));
    if (this.#closed) throw closed("reader");
    // A seek may have come while they were on their way here.
    const sought = Math.max(this.#sought.get(partition) ?? 0, this.#sought.get(undefined) ?? 0);
    const overtaken = seeks < sought;
    if (overtaken) this.#dropped += messages.length;
    this.#ready = overtaken ? [] : messages;
    this.#next = 0;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
