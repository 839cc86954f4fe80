// The npm package in Node, against ottla dev: what the dashboard does not reach.
import assert from "node:assert/strict";
import { after, before, test as plainTest } from "node:test";
import { Client, KafkaError } from "ottla";
import { WebSocket } from "ws";
import { newName } from "./dashboard.mjs";
import { dev } from "./ottla.mjs";

/** A test that hangs is a failure, not a run without end. */
const test = (name, run) => plainTest(name, { timeout: 120_000 }, run);

let served;
let client;

before(async () => {
  served = await dev();
  await assert.rejects(Client.connect(served.bridge), (error) => {
    assert.equal(error.kind, "misuse");
    assert.match(error.message, /ws/);
    return true;
  }, "without a WebSocket in Node 20");
  globalThis.WebSocket = WebSocket;
  client = await Client.connect(served.bridge, { clientId: "node-test" });
});

after(async () => {
  await client?.close();
  await served?.stop();
});

async function newTopic(partitions = 1) {
  const topic = newName();
  await client.createTopic(topic, { partitions, replicas: 1 });
  return topic;
}

async function take(topic, count, options = {}) {
  const reader = client.reader({ topic, ...options });
  const messages = [];
  for await (const message of reader) {
    messages.push(message);
    if (messages.length === count) break;
  }
  return messages;
}

const plain = ({ topic, partition, offset, timestamp, key, value, headers }) => ({
  topic, partition, offset, timestamp,
  key: key && Buffer.from(key).toString("latin1"),
  value: value && Buffer.from(value).toString("latin1"),
  headers: headers.map(([name, bytes]) => [name, bytes && Buffer.from(bytes).toString("latin1")]),
});

for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"]) {
  test(`what is written with ${compression} is read back as it was`, async () => {
    const topic = await newTopic();
    const writer = client.writer({ topic, compression });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const places = await writer.write([
      { value: "text", key: "key", timestamp: 1_700_000_000_123, headers: [["a", "1"], ["b", null], ["a", new Uint8Array([0, 255])]] },
      { value: bytes, key: bytes.buffer, timestamp: new Date(1_700_000_000_124) },
      { value: null, key: "", headers: { only: "" } },
      { value: "" },
    ]);
    assert.deepEqual(places.map(({ topic: at, partition, offset }) => [at, partition, offset]), [0n, 1n, 2n, 3n].map((offset) => [topic, 0, offset]));
    const all = await take(topic, 4);
    const latin1 = Buffer.from(bytes).toString("latin1");
    const [now] = all.slice(3).map(({ timestamp }) => timestamp);
    assert.ok(Math.abs(now - Date.now()) < 600_000, "without a timestamp it is now");
    const at = (offset, fields) => ({ topic, partition: 0, offset, key: null, headers: [], ...fields });
    assert.deepEqual(all.map(plain), [
      at(0n, { timestamp: 1_700_000_000_123, key: "key", value: "text", headers: [["a", "1"], ["b", null], ["a", "\0\xff"]] }),
      at(1n, { timestamp: 1_700_000_000_124, key: latin1, value: latin1 }),
      at(2n, { timestamp: all[2].timestamp, key: "", value: null, headers: [["only", ""]] }),
      at(3n, { timestamp: now, value: "" }),
    ]);
    assert.equal(all[0].text(), "text");
    assert.equal(all[0].keyText(), "key");
    assert.equal(all[2].text(), null);
    await writer.close();
  });
}

test("many messages come in the order of their partition, by poll and by read", async () => {
  const topic = await newTopic(3);
  const writer = client.writer({ topic, compression: "lz4" });
  const count = 20_000;
  const batches = Array.from({ length: 20 }, (_, batch) =>
    writer.write(Array.from({ length: count / 20 }, (_, i) => ({ key: `k${i % 7}`, value: `${batch * (count / 20) + i}` }))),
  );
  const places = (await Promise.all(batches)).flat();
  assert.equal(new Set(places.map(({ partition, offset }) => `${partition}/${offset}`)).size, count, "no place twice");
  const reader = client.reader({ topic });
  const messages = [];
  while (messages.length < count) {
    messages.push(await reader.read());
    messages.push(...(await reader.poll(1000)));
  }
  await reader.close();
  assert.equal(messages.length, count);
  const next = new Map();
  for (const { partition, offset, value } of messages) {
    assert.equal(offset, next.get(partition) ?? 0n);
    next.set(partition, offset + 1n);
    assert.ok(value.length > 0);
  }
  const byKey = Map.groupBy ? Map.groupBy(messages, (message) => message.keyText()) : group(messages);
  for (const [key, list] of byKey) {
    assert.equal(new Set(list.map(({ partition }) => partition)).size, 1, `${key} keeps to a partition`);
    const numbers = list.map((message) => Number(message.text()));
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), `${key} keeps its order`);
  }
});

function group(messages) {
  const byKey = new Map();
  for (const message of messages) byKey.set(message.keyText(), [...(byKey.get(message.keyText()) ?? []), message]);
  return byKey;
}

test("a reader starts at the first, an offset, a time, or after the last", async () => {
  const topic = await newTopic();
  const writer = client.writer({ topic });
  const times = [1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_000];
  await writer.write(times.map((timestamp, i) => ({ value: `v${i}`, timestamp })));
  const texts = async (count, options) => (await take(topic, count, options)).map((message) => message.text());
  assert.deepEqual(await texts(3, {}), ["v0", "v1", "v2"]);
  assert.deepEqual(await texts(2, { from: 1n, partition: 0 }), ["v1", "v2"]);
  assert.deepEqual(await texts(1, { from: new Date(times[1] + 1) }), ["v2"]);
  const [described] = await client.topics({ names: [topic] });
  assert.deepEqual(described.partitions.map(({ id, first, last }) => [id, first, last]), [[0, 0n, 3n]]);

  const last = client.reader({ topic, from: "last" });
  const waiting = last.read();
  // It must have found the end before the message is written.
  while (last.offset(0) === null) await new Promise((done) => setTimeout(done, 10));
  assert.equal(last.offset(0), 3n);
  await writer.write({ value: "new" });
  assert.equal((await waiting).text(), "new");
  await last.close();
});

test("a reader stops at the end, an offset or a time, and a seek goes on", async () => {
  const topic = await newTopic(2);
  const writer = client.writer({ topic });
  const times = [1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_000];
  await writer.write(times.map((timestamp, i) => ({ value: `v${i}`, timestamp, partition: 0 })));
  await writer.write({ value: "w0", timestamp: times[0], partition: 1 });
  const texts = async (options) => {
    const seen = [];
    for await (const message of client.reader({ topic, ...options })) seen.push(message.text());
    return seen.sort();
  };
  assert.deepEqual(await texts({ until: "end" }), ["v0", "v1", "v2", "w0"]);
  assert.deepEqual(await texts({ until: 2n, partition: 0 }), ["v0", "v1"]);
  assert.deepEqual(await texts({ from: 1n, until: 2n, partition: 0 }), ["v1"]);
  assert.deepEqual(await texts({ until: new Date(times[1]) }), ["v0", "w0"]);
  assert.deepEqual(await texts({ from: "last", until: "end" }), []);

  const reader = client.reader({ topic, partition: 0, until: "end" });
  reader.seek(1n); // before the partition is found
  assert.deepEqual((await reader.poll()).map((message) => message.text()), ["v1", "v2"]);
  await assert.rejects(reader.read(), { name: "KafkaError", kind: "end", retriable: false });
  reader.seek("first");
  assert.equal((await reader.read()).text(), "v0"); // v1 and v2 are here already: the next seek drops them
  reader.seek(2n, 0);
  assert.equal(reader.offset(0), 2n);
  assert.equal((await reader.read()).text(), "v2");
  reader.seek(new Date(times[1]));
  assert.equal((await reader.read()).text(), "v1");
  const stats = reader.stats();
  assert.deepEqual([stats.messages, stats.lag, stats.partitions, stats.errors, stats.timeouts], [5, 1, 1, 0, 0]);
  assert.ok(stats.fetches > 0 && stats.bytes > 0 && stats.fetchMs >= 0 && stats.waitMs >= 0, JSON.stringify(stats));
  assert.ok(stats.queueBytes >= 0 && stats.queueCapacity === 4 << 20, JSON.stringify(stats));
  assert.throws(() => reader.seek(0n, 7), { kind: "misuse" });
  assert.throws(() => reader.seek("middle"), { kind: "misuse", message: /middle/ });
  await reader.close();
  assert.throws(() => reader.seek("first"), { kind: "closed" });
  assert.throws(() => client.reader({ topic, until: 5n }), { kind: "misuse", message: /partition/ });
  assert.throws(() => client.reader({ topic, until: "last" }), { kind: "misuse", message: /until must be/ });
});

test("a seek holds while messages are on their way", async () => {
  const topic = await newTopic(2);
  const writer = client.writer({ topic });
  const both = [0, 1].flatMap((partition) => Array.from({ length: 50 }, (_, i) => ({ value: `${i}`, partition })));
  await writer.write(both);
  for (let round = 0; round < 40; round++) {
    const reader = client.reader({ topic });
    // All is fetched, so that it is on its way as soon as somebody reads.
    const fetched = () => reader.stats().partitions === 2 && reader.stats().lag === 100;
    while (!fetched()) await new Promise((done) => setTimeout(done, 1));
    const sought = round % 2;
    const first = reader.read();
    for (let turn = 0; turn < round >> 1; turn++) await null;
    reader.seek(40n, sought);
    const next = [0, 0];
    // The one message that was handed out by then may be from before, and no other.
    const { partition, offset } = await first;
    next[partition] = partition === sought ? Math.max(40, Number(offset)) : 1;
    if (partition === sought && offset === 40n) next[partition]++;
    if (partition !== sought) next[sought] = 40;
    while (next[0] < 50 || next[1] < 50) {
      const message = await reader.read();
      assert.equal(Number(message.offset), next[message.partition]++, `round ${round}`);
    }
    await reader.close();
  }
});

test("closing a reader ends a loop, and rejects a read that waits", async () => {
  const topic = await newTopic();
  const reader = client.reader({ topic });
  const waiting = reader.read();
  const loop = (async () => {
    const seen = [];
    for await (const message of reader) seen.push(message);
    return seen;
  })();
  await client.topics({ names: [topic] });
  await reader.close();
  await assert.rejects(waiting, { name: "KafkaError", kind: "closed" });
  assert.deepEqual(await loop, []);
  await assert.rejects(reader.read(), { kind: "closed" });
});

test("every failure is a KafkaError that says whose fault it is", async () => {
  const topic = await newTopic();
  const writer = client.writer({ topic });
  await assert.rejects(client.createTopic(topic), { name: "KafkaError", kind: "broker", code: "TOPIC_ALREADY_EXISTS", retriable: false });
  await assert.rejects(client.deleteTopic("not-there"), { kind: "broker", code: "UNKNOWN_TOPIC_OR_PARTITION" });
  await assert.rejects(client.createTopic(newName(), { replicas: 99 }), { code: "INVALID_REPLICATION_FACTOR" });
  await assert.rejects(writer.write({ value: 5 }), { kind: "misuse", message: /value must be/ });
  await assert.rejects(writer.write({ value: "x", partition: -2 }), { kind: "misuse" });
  await assert.rejects(writer.write({ value: "x", topic: "other" }), { kind: "misuse" });
  await assert.rejects(client.writer().write({ value: "x" }), { kind: "misuse", message: /topic/ });
  assert.throws(() => client.writer({ topic, compression: "rar" }), { kind: "misuse", message: /rar/ });
  assert.throws(() => client.reader({ topic, from: 5n }), { kind: "misuse" });
  await assert.rejects(Client.connect("http://localhost"), { kind: "misuse" });
  await assert.rejects(Client.connect("ws://127.0.0.1:1/v1/local"), (error) => {
    assert.ok(error instanceof KafkaError && error instanceof Error);
    assert.equal(error.kind, "io");
    assert.equal(error.retriable, true);
    return true;
  });
  await assert.rejects(Client.connect(`${served.bridge}-not-there`), { kind: "io" });
});

test("a closed client refuses, and closing twice is no error", async () => {
  const other = await Client.connect(new URL(served.bridge));
  await other[Symbol.asyncDispose]();
  await other.close();
  await assert.rejects(other.topics(), { kind: "closed" });
  assert.throws(() => other.writer(), { kind: "closed" });
});
