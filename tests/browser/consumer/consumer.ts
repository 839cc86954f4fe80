// Never run: it holds the types to what a strict user would write.
import { Client, KafkaError, load, type Delivered, type Message, type Reader, type Topic } from "ottla";
import { wasm } from "ottla/inline";

export async function everything(): Promise<void> {
  await load(wasm());
  await using client = await Client.connect("wss://bridge.example/v1/main", { clientId: "typed", requestTimeoutMs: 10_000 });
  const topics: Topic[] = await client.topics({ names: ["a"], offsets: true });
  const first: bigint | null | undefined = topics[0]?.partitions[0]?.first;
  await client.createTopic("a", { partitions: 3, replicas: 1, config: { "cleanup.policy": "compact" } });

  await using writer = client.writer({ topic: "a", compression: "zstd", acks: "all", lingerMs: 5 });
  const places: Delivered[] = await writer.write([
    { key: "k", value: "v", headers: { a: "1", b: null } },
    { key: new Uint8Array([1]), value: null, headers: [["a", "1"], ["a", new Uint8Array()]], timestamp: new Date() },
  ]);
  const at: bigint | undefined = places[0]?.offset;

  const reader: Reader = client.reader({ topic: "a", partition: 0, from: at ?? first ?? 0n });
  for await (const message of reader) use(message);
  const messages: Message[] = await reader.poll(10);
  messages.forEach(use);
  await client.deleteTopic("a");
}

function use(message: Message): void {
  const text: string | null = message.text();
  const pairs: [string, Uint8Array | null][] = message.headers.map(([name, value]) => [name, value]);
  console.log(message.offset + 1n, new Date(message.timestamp), text, pairs, message.json());
}

export function explain(error: unknown): string {
  if (!(error instanceof KafkaError)) return "not ours";
  if (error.kind === "timeout" || error.retriable) return "later";
  return error.code === "UNKNOWN_TOPIC_OR_PARTITION" ? "create it" : error.message;
}
