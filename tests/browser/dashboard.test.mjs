import assert from "node:assert/strict";
import { after, before, test as plainTest } from "node:test";
import { launch, open, picture } from "./chromium.mjs";
import { connected, createTopic, following, newName, produce, rows } from "./dashboard.mjs";
import { bridge, dev, ottla, realKafka } from "./ottla.mjs";

/** A test that hangs is a failure, not a run without end. */
const test = (name, ...rest) => {
  const run = rest.pop();
  plainTest(name, { timeout: 180_000, ...rest[0] }, run);
};

let browser;
let served;

before(async () => {
  [browser, served] = await Promise.all([launch(), dev()]);
});

after(async () => {
  await browser?.close();
  await served?.stop();
});

const jsonLines = (text) => text.trim().split("\n").map((line) => JSON.parse(line));

/** The whole way: create a topic, produce in the form, see it in the tail; the command line sees it, and is seen. */
async function thereAndBack({ address, kafka, name }) {
  const { page, errors, close } = await open(browser);
  const topic = newName();
  await page.goto(address);
  await connected(page);
  await createTopic(page, topic);
  await following(page);

  const value = '{"greeting":"grüß dich","n":12345678901234567890}';
  const place = await produce(page, { key: "k1", value, headers: [["lang", "de"], ["lang", "bar"]], compression: "zstd" });
  await rows(page, "grüß dich").first().waitFor();
  await rows(page, "grüß dich").first().getByRole("button").click();
  // Laid out, and with all its digits.
  await page.getByText('"n": 12345678901234567890').waitFor();
  await page.getByRole("definition").filter({ hasText: "bar" }).waitFor();
  await picture(page, `${name}-produced`);

  const [seen] = jsonLines(await ottla(["-b", kafka, "consume", topic, "--from", "first", "--count", "1", "--timeout", "30s", "--json"]));
  assert.deepEqual(
    { ...seen, timestamp: typeof seen.timestamp },
    {
      topic, partition: place.partition, offset: Number(place.offset), timestamp: "number",
      key: "k1", value, headers: [["lang", "de"], ["lang", "bar"]],
    },
  );

  await ottla(["-b", kafka, "produce", topic, "--compression", "snappy"], { input: "from the command line\n" });
  await rows(page, "from the command line").waitFor();
  assert.deepEqual(errors, []);
  await close();
}

test("a record goes from the page to ottla dev and back, and the command line sees it", () =>
  thereAndBack({ address: served.page, kafka: served.kafka, name: "dev" }));

test("the same page does it with real Kafka, through the bridge", { skip: realKafka === undefined && "OTTLA_KAFKA_BOOTSTRAP is not set" }, async () => {
  const between = await bridge(realKafka, served.page);
  try {
    const address = `${served.page}/?bridge=${encodeURIComponent(between.url)}`;
    await thereAndBack({ address, kafka: realKafka, name: "kafka" });
  } finally {
    await between.stop();
  }
});

test("the tail pauses and goes on, keeps to one partition, and shows bytes that are no text", async () => {
  const { page, errors, close } = await open(browser, { colorScheme: "dark" });
  const topic = newName();
  await page.goto(served.page);
  await connected(page);
  await createTopic(page, topic, 2);
  await following(page);
  await produce(page, { value: "one", partition: 0 });
  await rows(page, "one").waitFor();

  await page.getByRole("button", { name: "Pause" }).click();
  await produce(page, { value: "two", partition: 1 });
  const first = jsonLines(await ottla(["-b", served.kafka, "consume", topic, "--from", "first", "--count", "2", "--timeout", "30s", "--json"]));
  assert.deepEqual(first.map(({ value }) => value).sort(), ["one", "two"]);
  assert.equal(await rows(page, "two").count(), 0, "a paused tail shows nothing new");
  await page.getByRole("button", { name: "Resume" }).click();
  await rows(page, "two").waitFor();

  await page.getByLabel("Partition to show").selectOption("1");
  await page.getByRole("radiogroup", { name: "Start at" }).getByText("First").click();
  await rows(page, "two").waitFor();
  assert.equal(await rows(page, "one").count(), 0, "the other partition is left out");
  await page.getByRole("radiogroup", { name: "Show bytes as" }).getByText("Hex").click();
  await rows(page, "74 77 6f").waitFor();
  await picture(page, "dev-tail-dark");

  await produce(page, { key: "gone", value: null, partition: 1 });
  await rows(page, "67 6f 6e 65").filter({ hasText: "null" }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test("a topic is deleted after asking", async () => {
  const { page, close } = await open(browser);
  const topic = newName();
  await page.goto(served.page);
  await connected(page);
  await createTopic(page, topic, 1);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete topic" }).click();
  await page.getByRole("link", { name: new RegExp(`^${topic}`) }).waitFor({ state: "detached" });
  const names = (await ottla(["-b", served.kafka, "topics"])).split("\n").map((line) => line.split("\t")[0]);
  assert.ok(!names.includes(topic));
  await close();
});

test("what Kafka refuses is said in the form", async () => {
  const { page, close } = await open(browser);
  const topic = newName();
  await page.goto(served.page);
  await connected(page);
  await createTopic(page, topic, 1);
  await page.getByRole("button", { name: "New topic" }).click();
  const dialog = page.getByRole("dialog", { name: "New topic" });
  await dialog.getByLabel("Name").fill(topic);
  await dialog.getByRole("button", { name: "Create topic" }).click();
  await dialog.getByRole("alert").filter({ hasText: "TOPIC_ALREADY_EXISTS" }).waitFor();
  await close();
});

test("a bridge that is not there is said so, and another can be chosen", async () => {
  const { page, close } = await open(browser, { viewport: { width: 390, height: 844 } });
  await page.goto(`${served.page}/?bridge=${encodeURIComponent("ws://127.0.0.1:1/v1/local")}`);
  await page.getByRole("alert").filter({ hasText: "No connection to the bridge" }).waitFor();
  await picture(page, "no-bridge-phone");
  await page.getByRole("button", { name: /^Not connected|^Connecting/ }).click();
  await page.getByLabel("Address").fill(served.bridge);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await connected(page);
  await close();
});

test("the page gets back by itself when its server does", async (t) => {
  const own = await dev();
  t.after(() => own.stop());
  const { page, close } = await open(browser);
  await page.goto(own.page);
  await connected(page);
  await own.stop("SIGKILL");
  await page.getByRole("button", { name: /^Reconnecting/ }).waitFor();
  await page.getByRole("alert").waitFor();
  const again = await dev({ http: own.page.replace("http://", ""), kafka: own.kafka });
  t.after(() => again.stop());
  await connected(page);
  const topic = newName();
  await createTopic(page, topic, 1);
  await following(page);
  await produce(page, { value: "after the restart" });
  await rows(page, "after the restart").waitFor();
  await close();
});
