import { type Header, Message } from "./message.js";

/*
 * What one poll brings crosses from wasm as one buffer, so that a record costs no call. All numbers
 * are little-endian, a length of -1 is null (pkg/src/packed.rs writes it):
 *   count u32, seeks u32, partition i32, topic (length i32, bytes), then a record each:
 *   offset i64, timestamp i64, key (length, bytes), value (length, bytes), header count u32, and
 *   a header each: name (length, bytes), value (length, bytes)
 */

const utf8 = new TextDecoder();

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  int32(): number {
    const value = this.#view.getInt32(this.#at, true);
    this.#at += 4;
    return value;
  }

  int64(): bigint {
    const value = this.#view.getBigInt64(this.#at, true);
    this.#at += 8;
    return value;
  }

  bytes(): Uint8Array | null {
    const length = this.int32();
    if (length < 0) return null;
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  text(): string {
    return utf8.decode(this.bytes() ?? undefined);
  }
}

const NONE: readonly Header[] = Object.freeze([]);

function headers(cursor: Cursor): readonly Header[] {
  const count = cursor.int32();
  if (count === 0) return NONE;
  const list: Header[] = [];
  for (let i = 0; i < count; i++) list.push([cursor.text(), cursor.bytes()]);
  return list;
}

/** The messages of one poll, all of one partition, and how many seeks there had been then. */
export function unpack(bytes: Uint8Array): { seeks: number; partition: number; messages: Message[] } {
  const cursor = new Cursor(bytes);
  const count = cursor.int32();
  const seeks = cursor.int32();
  const partition = cursor.int32();
  const topic = cursor.text();
  const messages: Message[] = [];
  for (let i = 0; i < count; i++) {
    const offset = cursor.int64();
    const timestamp = Number(cursor.int64());
    const key = cursor.bytes();
    const value = cursor.bytes();
    messages.push(new Message({ topic, partition, offset, timestamp, key, value, headers: headers(cursor) }));
  }
  return { seeks, partition, messages };
}
