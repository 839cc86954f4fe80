/**
 * The WebAssembly inside JavaScript: for bundlers that don't copy the .wasm file, and for
 * single-file pages. It is a third larger and compiles without streaming.
 *
 * ```ts
 * import { Client, load } from "ottla";
 * import { wasm } from "ottla/inline";
 *
 * await load(wasm());
 * const client = await Client.connect("wss://bridge.example/v1/cluster");
 * ```
 *
 * @packageDocumentation
 */
import base64 from "./wasm/inline.js";

/** The bytes, for {@link load}. */
export function wasm(): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
