/** Bytes to be written: a string is written as UTF-8. */
export type BytesLike = string | Uint8Array | ArrayBuffer;

/** One header of a message. A name may come more than once, and a value may be null. */
export type Header = readonly [name: string, value: Uint8Array | null];

/** Headers to be written: pairs in order (a name may repeat), or an object. */
export type HeadersInit =
  | Iterable<readonly [name: string, value: BytesLike | null]>
  | Readonly<Record<string, BytesLike | null>>;

/** A message to be written. */
export interface MessageInit {
  /** Where to; not needed when the writer has a topic of its own. */
  topic?: string;
  /** A partition by number. Default: chosen by the key's hash as Kafka's own clients do, or by load without a key. */
  partition?: number;
  /** Messages of one key keep their order. Default: null. An empty key is not null. */
  key?: BytesLike | null;
  /** The content. Null is a tombstone: it deletes the key from a compacted topic. */
  value: BytesLike | null;
  /** Default: none. */
  headers?: HeadersInit;
  /** When it happened: a Date, or milliseconds since 1970. Default: now. */
  timestamp?: Date | number;
}

/** Where a written message is. */
export interface Delivered {
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition; -1n when the writer asked for no acknowledgement (`acks: "none"`). */
  readonly offset: bigint;
  /** Milliseconds since 1970: the message's own, or the broker's where the topic says so. */
  readonly timestamp: number;
}

const utf8 = new TextDecoder();

/**
 * A message that was read. Its bytes are views of the memory that it arrived in with its
 * neighbours: `slice()` what you keep for long.
 */
export class Message {
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition. */
  readonly offset: bigint;
  /** Milliseconds since 1970; -1 when it has none (written before Kafka 0.10). */
  readonly timestamp: number;
  /** Null when it has none; an empty key is not null. */
  readonly key: Uint8Array | null;
  /** Null for a tombstone. */
  readonly value: Uint8Array | null;
  /** In the order written, repeated names kept. */
  readonly headers: readonly Header[];

  constructor(fields: MessageFields) {
    this.topic = fields.topic;
    this.partition = fields.partition;
    this.offset = fields.offset;
    this.timestamp = fields.timestamp;
    this.key = fields.key;
    this.value = fields.value;
    this.headers = fields.headers;
  }

  /** The value as UTF-8, U+FFFD for what is not; null for a tombstone. */
  text(): string | null {
    return this.value && utf8.decode(this.value);
  }

  /** The key as UTF-8, U+FFFD for what is not; null when there is none. */
  keyText(): string | null {
    return this.key && utf8.decode(this.key);
  }

  /**
   * The value parsed as JSON; null for a tombstone.
   *
   * @throws SyntaxError when it is not JSON.
   */
  json(): unknown {
    return this.value && JSON.parse(utf8.decode(this.value));
  }
}

/** The data of a {@link Message}. */
export type MessageFields = Omit<Message, "text" | "keyText" | "json">;
