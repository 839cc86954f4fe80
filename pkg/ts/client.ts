import { closed, KafkaError, misuse } from "./error.js";
import { load } from "./load.js";
import { Reader, type ReaderOptions } from "./reader.js";
import type { Topic } from "./topic.js";
import * as wasm from "./wasm/ottla.js";
import { Writer, type WriterOptions } from "./writer.js";

/** Options of {@link Client.connect}. */
export interface ConnectOptions {
  /** The name by which brokers know this client, in logs, metrics and quotas. Default: `"ottla"`. */
  clientId?: string;
  /** How long one request may take, in milliseconds. Default: 30 000. */
  requestTimeoutMs?: number;
  /** How long one call of the client may take with all its retries, in milliseconds. Default: 60 000. */
  callTimeoutMs?: number;
}

/** Options of {@link Client.topics}. */
export interface TopicsOptions {
  /** Only these; one that does not exist is left out. Default: all. */
  names?: readonly string[];
  /** Whether to ask for each partition's first and last offset too. Default: true. */
  offsets?: boolean;
}

/** Options of {@link Client.createTopic}. */
export interface CreateTopicOptions {
  /** Default: 1. */
  partitions?: number;
  /** Copies of each partition, at most one a broker. Default: 1. */
  replicas?: number;
  /** Kafka's topic configuration, such as `{ "cleanup.policy": "compact" }`. */
  config?: Readonly<Record<string, string>>;
}

function checkUrl(url: string | { readonly href: string }): string {
  const href = typeof url === "string" ? url : url?.href;
  if (typeof href !== "string" || !/^wss?:\/\//i.test(href)) {
    throw misuse(`the bridge's URL must begin with ws:// or wss://, not ${JSON.stringify(href)}`);
  }
  if (typeof WebSocket === "undefined") {
    throw misuse(
      "this runtime has no WebSocket: use Node 22, or in Node 20 first set " +
        'globalThis.WebSocket = (await import("ws")).WebSocket',
    );
  }
  return href;
}

/**
 * A connection to a cluster, shared by any number of writers and readers. It finds the brokers,
 * follows leaders as they move, and reconnects by itself with growing, jittered pauses.
 */
export class Client {
  readonly #handle: wasm.Client;
  readonly #users = new Set<WeakRef<Writer | Reader>>();
  #closed = false;

  private constructor(handle: wasm.Client) {
    this.#handle = handle;
  }

  /**
   * Connects to a cluster through a bridge.
   *
   * @param url The bridge's address of the cluster, `ws://HOST:PORT/v1/CLUSTER`. A page served over
   *   https needs `wss:`.
   * @throws {@link KafkaError} `io` when the bridge or the cluster can't be reached, or the bridge
   *   does not allow this page's origin; `misuse` for a URL that can't be one.
   */
  static async connect(url: string | { readonly href: string }, options: ConnectOptions = {}): Promise<Client> {
    const href = checkUrl(url);
    try {
      await load();
    } catch (cause) {
      throw new KafkaError("ottla's WebAssembly could not be loaded", { kind: "io", retriable: true, cause });
    }
    return new Client(await wasm.Client.connect(href, options));
  }

  /**
   * The cluster's topics, sorted by name.
   *
   * @throws {@link KafkaError} when no broker answers in time.
   */
  async topics(options: TopicsOptions = {}): Promise<Topic[]> {
    this.#open();
    // pkg/src/topic.rs makes the objects; wasm-bindgen only knows that they are some.
    const topics = await (this.#handle.topics(options.names && [...options.names], options.offsets ?? true) as Promise<Topic[]>);
    return topics.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Creates a topic. Resolves when its partitions have leaders.
   *
   * @throws {@link KafkaError} with a code such as `TOPIC_ALREADY_EXISTS`,
   *   `INVALID_REPLICATION_FACTOR` or `TOPIC_AUTHORIZATION_FAILED`.
   */
  async createTopic(name: string, options: CreateTopicOptions = {}): Promise<void> {
    this.#open();
    const config = Object.entries(options.config ?? {}).flat();
    await this.#handle.createTopic(name, options.partitions, options.replicas, config);
  }

  /**
   * Deletes a topic and all that is in it.
   *
   * @throws {@link KafkaError} with a code such as `UNKNOWN_TOPIC_OR_PARTITION`.
   */
  async deleteTopic(name: string): Promise<void> {
    this.#open();
    await this.#handle.deleteTopic(name);
  }

  /**
   * A writer on this client. Nothing is sent before the first message.
   *
   * @throws {@link KafkaError} `misuse` when an option is wrong.
   */
  writer(options: WriterOptions = {}): Writer {
    this.#open();
    return this.#remember(new Writer(this.#handle.writer(options), options.topic));
  }

  /**
   * A reader of one topic on this client. It begins to fetch at once.
   *
   * @throws {@link KafkaError} `misuse` when an option is wrong.
   */
  reader(options: ReaderOptions): Reader {
    this.#open();
    return this.#remember(new Reader(this.#handle, options));
  }

  /**
   * Closes its readers; flushes and closes its writers, within `timeoutMs` milliseconds (default
   * 30 000); then closes the connections.
   *
   * @throws {@link KafkaError} when a writer could not write what it held; all is closed all the same.
   */
  async close(timeoutMs: number = 30_000): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closing = [...this.#users].map((user) => user.deref()?.close(timeoutMs));
    const failed = (await Promise.allSettled(closing)).find((outcome) => outcome.status === "rejected");
    await this.#handle.close();
    if (failed !== undefined) throw failed.reason;
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Those that nobody holds any more have ended by themselves. */
  #remember<T extends Writer | Reader>(user: T): T {
    for (const known of this.#users) if (known.deref() === undefined) this.#users.delete(known);
    this.#users.add(new WeakRef(user));
    return user;
  }

  #open(): void {
    if (this.#closed) throw closed("client");
  }
}
