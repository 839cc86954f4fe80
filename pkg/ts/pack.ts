import { misuse } from "./error.js";
import type { BytesLike, HeadersInit, MessageInit } from "./message.js";

/*
 * What one write takes crosses to wasm as one buffer. All numbers are little-endian, a length of -1
 * is null (pkg/src/packed.rs reads it), a record each:
 *   topic (length i32, bytes), partition i32 (-1 for none), timestamp i64 (-1 for now),
 *   key (length, bytes), value (length, bytes), header count u32, and
 *   a header each: name (length, bytes), value (length, bytes)
 */

const utf8 = new TextEncoder();

class Packer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  #reserve(extra: number): void {
    const needed = this.#at + extra;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#at, value, true);
    this.#at += 4;
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.#at, value, true);
    this.#at += 8;
  }

  bytes(value: BytesLike | null | undefined, what: string): void {
    if (value == null) return this.int32(-1);
    if (typeof value === "string") return this.#text(value);
    const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
    if (!(bytes instanceof Uint8Array)) {
      throw misuse(`${what} must be a string, a Uint8Array, an ArrayBuffer or null, not ${describe(value)}`);
    }
    this.int32(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #text(value: string): void {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    this.#reserve(4 + value.length * 3);
    const { written } = utf8.encodeInto(value, this.#bytes.subarray(this.#at + 4));
    this.int32(written);
    this.#at += written;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? value.constructor?.name ?? "an object" : typeof value;
}

function packHeaders(packer: Packer, headers: HeadersInit | undefined): void {
  const list: (readonly [string, BytesLike | null])[] =
    headers === undefined ? [] : Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  packer.int32(list.length);
  for (const [name, value] of list) {
    if (typeof name !== "string") throw misuse(`a header's name must be a string, not ${describe(name)}`);
    packer.bytes(name, "a header's name");
    packer.bytes(value, `the header "${name}"`);
  }
}

function milliseconds(timestamp: Date | number | undefined): bigint {
  if (timestamp === undefined) return -1n;
  const value = Math.trunc(Number(timestamp));
  if (!Number.isSafeInteger(value) || value < 0) {
    throw misuse("timestamp must be a valid Date or milliseconds since 1970");
  }
  return BigInt(value);
}

function checkPartition(partition: number | undefined): number {
  if (partition === undefined) return -1;
  if (!Number.isInteger(partition) || partition < 0 || partition > 0x7fffffff) {
    throw misuse(`partition must be a whole number from 0, not ${String(partition)}`);
  }
  return partition;
}

/** The messages as wasm takes them; without their topics where the writer has its own. */
export function pack(messages: readonly MessageInit[], withTopics: boolean): Uint8Array {
  const packer = new Packer();
  for (const message of messages) {
    if (message.value === undefined) {
      throw misuse("a message needs a value; for a tombstone say null");
    }
    packer.bytes(withTopics ? message.topic : null, "topic");
    packer.int32(checkPartition(message.partition));
    packer.int64(milliseconds(message.timestamp));
    packer.bytes(message.key, "key");
    packer.bytes(message.value, "value");
    packHeaders(packer, message.headers);
  }
  return packer.finish();
}
