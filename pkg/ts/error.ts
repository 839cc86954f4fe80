import type { Delivered } from "./message.js";

/**
 * Whose fault an error is, and so where to look:
 *
 * - `"broker"`: the cluster refused; {@link KafkaError.code} says why.
 * - `"io"`: the bridge or a broker could not be reached, or the connection broke.
 * - `"malformed"`: what came back was not Kafka's protocol, or it was damaged.
 * - `"misuse"`: the call or an option is wrong; the message says what to change.
 * - `"too-large"`: a message or an answer is larger than a limit.
 * - `"unsupported"`: the brokers are too old or too new for what was asked.
 * - `"timeout"`: no answer came in time.
 * - `"closed"`: the client, writer or reader was closed.
 * - `"end"`: everything up to where the reader stops has been read.
 *
 * More may be added: treat an unknown one like `"io"`.
 */
export type ErrorKind =
  | "broker"
  | "io"
  | "malformed"
  | "misuse"
  | "too-large"
  | "unsupported"
  | "timeout"
  | "closed"
  | "end"
  | (string & {});

/** Everything this package throws or rejects with. */
export class KafkaError extends Error {
  override readonly name: string = "KafkaError";

  /** Whose fault it is. */
  readonly kind: ErrorKind;

  /**
   * Kafka's name of the error, such as `"UNKNOWN_TOPIC_OR_PARTITION"`; null when no broker was asked.
   * An error that this version has no name for comes as `"UNKNOWN(123)"`.
   */
  readonly code: string | null;

  /**
   * Whether the same call may succeed later. The client has already retried for as long as its
   * options allow; this says whether your own retry makes sense.
   */
  readonly retriable: boolean;

  constructor(message: string, details: KafkaErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.code = details.code ?? null;
    this.retriable = details.retriable ?? false;
  }
}

/** How wasm makes one.
 * @internal */
export function fromWasm(
  message: string, kind: ErrorKind, code: string | undefined, retriable: boolean, cause: unknown,
): KafkaError {
  return new KafkaError(message, { kind, code: code ?? null, retriable, cause });
}

/** What a {@link KafkaError} carries beside its message. */
export interface KafkaErrorDetails {
  kind: ErrorKind;
  code?: string | null;
  retriable?: boolean;
  cause?: unknown;
}

/** Some or all messages of one {@link Writer.write} were not delivered. Its details are those of the first. */
export class WriteError extends KafkaError {
  override readonly name: string = "WriteError";

  /** What became of each message, in the order given. */
  readonly outcomes: readonly (Delivered | KafkaError)[];

  constructor(message: string, first: KafkaError, outcomes: readonly (Delivered | KafkaError)[]) {
    super(message, { kind: first.kind, code: first.code, retriable: first.retriable, cause: first });
    this.outcomes = outcomes;
  }
}

/** A call that can't be right, in words that say what to change.
 * @internal */
export function misuse(message: string): KafkaError {
  return new KafkaError(message, { kind: "misuse" });
}

/** A call on something that was closed.
 * @internal */
export function closed(what: string): KafkaError {
  return new KafkaError(`the ${what} is closed`, { kind: "closed" });
}
