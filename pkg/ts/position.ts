import { misuse } from "./error.js";

/**
 * Where to begin: at the oldest message still there, after the newest, at an offset, or at the
 * first message of a time or later.
 */
export type StartPosition = "first" | "last" | bigint | Date;

/**
 * Where to stop: at what is the end when reading begins, before an offset, or before the first
 * message of a time or later.
 */
export type StopPosition = "end" | bigint | Date;

/** A position as wasm takes it: a word, and an offset or a time with it.
 * @internal */
export interface Place {
  readonly kind: string;
  readonly at: bigint | undefined;
}

/** Takes a position apart. `partition` is the one that is meant, if it is one.
 * @internal */
export function place(
  name: string, position: StartPosition | StopPosition, words: readonly string[], partition: number | undefined,
): Place {
  if (typeof position === "bigint") {
    if (partition === undefined) {
      throw misuse("an offset means something in one partition only: name the partition too");
    }
    return { kind: "offset", at: position };
  }
  if (position instanceof Date) {
    if (Number.isNaN(position.getTime())) throw misuse(`${name} is not a valid Date`);
    return { kind: "time", at: BigInt(position.getTime()) };
  }
  if (!words.includes(position)) {
    const known = words.map((word) => JSON.stringify(word)).join(", ");
    throw misuse(`${name} must be ${known}, a bigint or a Date, not ${String(position)}`);
  }
  return { kind: position, at: undefined };
}

/** The words for a start. @internal */
export const STARTS: readonly string[] = ["first", "last"];

/** The words for a stop. @internal */
export const STOPS: readonly string[] = ["end"];
