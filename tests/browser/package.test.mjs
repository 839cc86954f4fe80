// The npm package as its users meet it: packed, installed into an empty folder, typed, bundled.
import assert from "node:assert/strict";
import { execFile as execFileCallback } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import webpack from "webpack";
import { launch, open } from "./chromium.mjs";
import { bridge, dev } from "./ottla.mjs";

const execFile = promisify(execFileCallback);
const here = fileURLToPath(new URL(".", import.meta.url));
const pkg = join(here, "../../pkg");
const bin = (name) => join(here, "node_modules/.bin", name);

let folder;
let served;
let browser;

/** A folder of a user's, with nothing in it but the installed package and the files of consumer/. */
async function install() {
  folder = await mkdtemp(join(tmpdir(), "ottla-consumer-"));
  const { stdout } = await execFile("npm", ["pack", "--json", "--pack-destination", folder], { cwd: pkg });
  const packed = Object.values(JSON.parse(stdout))[0];
  await cp(join(here, "consumer"), folder, { recursive: true });
  await execFile("npm", ["install", "--no-audit", "--no-fund", `./${packed.filename}`], { cwd: folder });
}

before(async () => {
  [browser, served] = await Promise.all([launch(), dev(), install()]);
});

after(async () => {
  await browser?.close();
  await served?.stop();
  if (folder) await rm(folder, { recursive: true });
});

test("publint and arethetypeswrong find nothing", async () => {
  await execFile("npm", ["run", "check"], { cwd: pkg });
});

test("strict TypeScript takes it, with bundler and with Node resolution, and finds a planted mistake", async () => {
  for (const config of ["tsconfig.bundler.json", "tsconfig.node.json"]) {
    await execFile(bin("tsc"), ["-p", config], { cwd: folder }).catch(({ stdout }) => assert.fail(`${config}:\n${stdout}`));
  }
  const wrong = (await readFile(join(folder, "consumer.ts"), "utf8")).replace('compression: "zstd"', 'compression: "rar"');
  await writeFile(join(folder, "consumer.ts"), wrong);
  await assert.rejects(execFile(bin("tsc"), ["-p", "tsconfig.bundler.json"], { cwd: folder }), ({ stdout }) => /rar/.test(stdout));
});

test("Node imports it, and runs its WebAssembly", async () => {
  const script = 'import { load, KafkaError } from "ottla"; await load(); console.log(KafkaError.name)';
  const { stdout } = await execFile("node", ["--input-type=module", "--eval", script], { cwd: folder });
  assert.equal(stdout, "KafkaError\n");
});

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Serves a folder, opens it in Chromium, and waits until its page has reached the cluster. */
async function runs(root) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const file = join(root, path === "/" ? "index.html" : path);
    const body = await readFile(file).catch(() => null);
    response.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "text/plain" });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const between = await bridge(served.kafka, origin);
  const { page, errors, close } = await open(browser);
  try {
    await page.goto(`${origin}/?bridge=${encodeURIComponent(between.url)}`);
    await page.waitForFunction(() => document.title !== "");
    assert.equal(await page.title(), "written at 0", errors.join("\n"));
  } finally {
    await close();
    await between.stop();
    server.close();
  }
}

const html = (script) => `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

test("Vite bundles it", async () => {
  await writeFile(join(folder, "index.html"), html("./page.js"));
  const outDir = join(folder, "vite");
  await vite({ root: folder, logLevel: "warn", build: { outDir } });
  await runs(outDir);
});

test("webpack bundles it", async () => {
  const path = join(folder, "webpack");
  const compiler = webpack({ mode: "production", context: folder, entry: "./page.js", output: { path, filename: "page.js" } });
  const stats = await promisify(compiler.run.bind(compiler))();
  assert.ok(!stats.hasErrors(), stats.toString());
  await writeFile(join(path, "index.html"), html("./page.js"));
  await runs(path);
});

test("esbuild bundles it with the inline WebAssembly", async () => {
  const outdir = join(folder, "esbuild");
  await esbuild({ absWorkingDir: folder, entryPoints: { page: "inline-page.js" }, bundle: true, format: "esm", outdir, logLevel: "error" });
  await writeFile(join(outdir, "index.html"), html("./page.js"));
  await runs(outdir);
});

test("a browser takes its files as they are, without a bundler", async () => {
  const root = join(folder, "bare");
  await cp(join(folder, "node_modules/ottla/dist"), join(root, "ottla"), { recursive: true });
  await writeFile(join(root, "page.js"), (await readFile(join(folder, "page.js"), "utf8")).replace('"ottla"', '"./ottla/index.js"'));
  await cp(join(folder, "scenario.js"), join(root, "scenario.js"));
  await writeFile(join(root, "index.html"), html("./page.js"));
  await runs(root);
});
