import init from "./wasm/ottla.js";

/**
 * Where the WebAssembly is: a URL, a Response, its bytes, or a compiled `WebAssembly.Module` (the
 * only form that some edge runtimes take).
 */
export type WasmSource = string | object;

let loading: Promise<void> | undefined;

interface NodeProcess {
  getBuiltinModule?: (name: "node:fs/promises") => { readFile(path: URL): Promise<Uint8Array> } | undefined;
}

/** The .wasm file lies beside this one, where bundlers find and copy it. Node's fetch can't read files. */
function beside(): WasmSource | Promise<WasmSource> {
  const url = new URL("./wasm/ottla_bg.wasm", import.meta.url);
  const { process } = globalThis as { process?: NodeProcess };
  const files = url.protocol === "file:" ? process?.getBuiltinModule?.("node:fs/promises") : undefined;
  return files ? files.readFile(url) : url;
}

async function start(source: WasmSource | Promise<WasmSource>): Promise<void> {
  await init({ module_or_path: source as Parameters<typeof init>[0] });
}

/**
 * Loads the WebAssembly. Rarely needed: {@link Client.connect} does it. Call it to load early, or,
 * before the first connect, to say where the .wasm file is (`import wasmUrl from
 * "ottla/ottla.wasm?url"`). Only the first call loads; the others wait for it. After a failure the
 * next call tries again.
 */
export function load(source?: WasmSource): Promise<void> {
  loading ??= start(source ?? beside()).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
