/**
 * A Kafka client for the browser. It speaks Kafka's own protocol through a WebSocket bridge.
 *
 * ```ts
 * import { Client } from "ottla";
 *
 * await using client = await Client.connect("ws://localhost:8080/v1/local");
 * await client.writer({ topic: "greetings" }).write({ key: "en", value: "hello" });
 * for await (const message of client.reader({ topic: "greetings", from: "first" })) {
 *   console.log(message.offset, message.text());
 * }
 * ```
 *
 * @packageDocumentation
 */
/// <reference lib="esnext.disposable" preserve="true" />
export { Client, type ConnectOptions, type CreateTopicOptions, type TopicsOptions } from "./client.js";
export { type ErrorKind, KafkaError, type KafkaErrorDetails, WriteError } from "./error.js";
export { load, type WasmSource } from "./load.js";
export {
  type BytesLike,
  type Delivered,
  type Header,
  type HeadersInit,
  Message,
  type MessageFields,
  type MessageInit,
} from "./message.js";
export type { StartPosition, StopPosition } from "./position.js";
export type { Reader, ReaderOptions } from "./reader.js";
export type { ReaderStats } from "./stats.js";
export type { Partition, Topic } from "./topic.js";
export type { Acks, Compression, Writer, WriterOptions } from "./writer.js";
