// Assembles the npm package in dist/ from the compiled Rust: `node build.mjs WBG WASM`, where WBG is
// the wasm-bindgen tool built from tools/ and WASM the crate's .wasm file. `cargo xtask pkg` calls it.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { Module } from "./size/module.mjs";
import { places } from "./size/order.mjs";
import { blankLocations, trap } from "./size/panics.mjs";
import { report } from "./size/report.mjs";

const LARGEST_GZIPPED = 250_000;

const here = fileURLToPath(new URL(".", import.meta.url));
const bin = (name) => resolve(here, "node_modules", ".bin", name);

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: here, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with status ${status}`);
}

function bind(wbg, wasm) {
  run(wbg, "--target", "web", "--out-dir", "dist/wasm", "--out-name", "ottla", "--remove-producers-section", wasm);
}

// Not Debian's wasm-opt: it is old, and miscompiles the table of references without a word.
function optimise(file, ...options) {
  run(bin("wasm-opt"), ...options, file, "-o", `${file}.small`);
  renameSync(`${file}.small`, file);
}

function edit(file, change) {
  const module = new Module(readFileSync(file));
  change(module);
  writeFileSync(file, module.bytes());
}

function shrink(file) {
  edit(file, (module) => {
    trap(module);
    blankLocations(module);
    console.log(`kB of code: ${report(module)}`);
  });
  // Inlining what has a single caller makes it smaller, and what is downloaded, compressed, larger.
  const inlining = ["--flexible-inline-max-function-size", "0", "--one-caller-inline-max-function-size", "0"];
  // The stack ends at address 0, so that nothing the program points to is there.
  const flow = ["--low-memory-unused", "--flatten", "--rereloop"];
  optimise(file, "--strip-debug", ...flow, "-Oz", "-Oz", ...inlining);
  edit(file, (module) => {
    const order = places(module.bodies);
    module.rename((index) => String(order[index] ?? 0).padStart(6, "0"));
  });
  optimise(file, "--reorder-functions-by-name", "--strip-debug", "--strip-target-features");
}

function inline(bytes) {
  writeFileSync(resolve(here, "dist/wasm/inline.js"), `export default "${bytes.toString("base64")}";\n`);
  writeFileSync(resolve(here, "dist/wasm/inline.d.ts"), "declare const base64: string;\nexport default base64;\n");
}

function checkSize(bytes) {
  const gzipped = gzipSync(bytes, { level: 9 }).length;
  const brotli = brotliCompressSync(bytes).length;
  console.log(`ottla_bg.wasm: ${bytes.length} bytes, gzipped ${gzipped}, brotli ${brotli}`);
  if (gzipped > LARGEST_GZIPPED) {
    throw new Error(`the gzipped wasm has ${gzipped} bytes, more than the ${LARGEST_GZIPPED} it may have`);
  }
}

const [wbg, wasm] = process.argv.slice(2).map((path) => resolve(path));
if (!wbg || !wasm) throw new Error("usage: node build.mjs WBG WASM");
const file = resolve(here, "dist/wasm/ottla_bg.wasm");
rmSync(resolve(here, "dist"), { recursive: true, force: true });
mkdirSync(resolve(here, "dist/wasm"), { recursive: true });
bind(wbg, wasm);
shrink(file);
const bytes = readFileSync(file);
inline(bytes);
run(bin("tsc"), "-p", ".");
for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(resolve(here, "..", licence), resolve(here, "dist", licence));
checkSize(bytes);
