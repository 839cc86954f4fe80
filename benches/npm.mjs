// What the npm package costs a record, in CPU of Node: writing and reading through a bridge, by codec. Builds
// (folders like pkg/dist) are measured by turns, so that two can be compared on a machine that is shared.
//
//   cargo xtask pkg && cargo build -p ottla-cli
//   node --experimental-websocket benches/npm.mjs [BUILD...]
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { dev } from "../tests/browser/ottla.mjs";

const CODECS = ["none", "lz4", "snappy", "gzip", "zstd"];
const ROUNDS = Number(process.env.ROUNDS ?? 9);
const CALLS = 40;
const RECORDS = 1000;
const ROUTES = ["/cart", "/checkout", "/orders/history", "/login", "/search"];

function line(index) {
  const mixed = Math.imul(index, 0x9e3779b9) >>> 0;
  const fields = { ts: 1700000000000 + index * 13, level: "info", user: mixed % 5000, path: ROUTES[mixed % 5] };
  return JSON.stringify({ ...fields, ms: mixed % 900, id: mixed.toString(16) }).padEnd(100, " ");
}

/** As pkg/ts/pack.ts does. */
function packed() {
  const parts = [];
  for (let index = 0; index < RECORDS; index++) {
    const value = Buffer.from(line(index));
    const head = Buffer.alloc(28);
    head.writeInt32LE(-1, 0);
    head.writeInt32LE(0, 4);
    head.writeBigInt64LE(-1n, 8);
    head.writeInt32LE(-1, 16);
    head.writeInt32LE(value.length, 20);
    parts.push(head.subarray(0, 24), value, Buffer.alloc(4));
  }
  return new Uint8Array(Buffer.concat(parts));
}

async function build(folder, bridge) {
  const glue = await import(pathToFileURL(resolve(folder, "wasm/ottla.js")).href);
  await glue.default({ module_or_path: await readFile(resolve(folder, "wasm/ottla_bg.wasm")) });
  return { folder, client: await glue.Client.connect(bridge, {}), write: {}, read: {} };
}

async function cpu(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (CALLS * RECORDS);
}

async function round(build, codec, topic) {
  await build.client.createTopic(topic, 1, 1, []);
  const bytes = packed();
  const writer = build.client.writer({ topic, compression: codec, lingerMs: 5 });
  const write = await cpu(async () => {
    const sent = [];
    for (let call = 0; call < CALLS; call++) sent.push((await writer.send(bytes)).delivered([]));
    await Promise.all(sent);
  });
  const reader = build.client.reader({ topic }, "first");
  const read = await cpu(async () => {
    for (let count = 0; count < CALLS * RECORDS; ) count += new DataView((await reader.poll(500)).buffer).getInt32(0, true);
  });
  await Promise.all([writer.close(1000), reader.close()]);
  await build.client.deleteTopic(topic);
  return { write, read };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const folders = process.argv.slice(2);
const server = await dev();
const builds = [];
for (const folder of folders.length > 0 ? folders : ["pkg/dist"]) builds.push(await build(folder, server.bridge));
for (const codec of CODECS) {
  const figures = builds.map(() => ({ write: [], read: [] }));
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (const [index, build] of builds.entries()) {
      const figure = await round(build, codec, `bench-${codec}-${turn}-${index}`);
      if (turn > 0) for (const what of ["write", "read"]) figures[index][what].push(figure[what]);
    }
  }
  for (const what of ["write", "read"]) {
    const row = figures.map((figure) => median(figure[what]).toFixed(0).padStart(6));
    console.log(codec.padEnd(7), what.padEnd(6), ...row, "ns a record");
  }
}
await server.stop();
process.exit(0);
