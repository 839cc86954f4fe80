// Starts the `ottla` command (OTTLA_BIN) and runs its one-shot commands.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const WAIT_MS = 60_000;

export const ottlaBin = resolve(process.env.OTTLA_BIN ?? new URL("../../target/debug/ottla", import.meta.url).pathname);

/** The bootstrap address of a real Kafka, which the tests against one need. */
export const realKafka = process.env.OTTLA_KAFKA_BOOTSTRAP;

/** Runs a command to its end; rejects, with what it said, unless it exits 0. */
export async function ottla(args, { input = "", timeout = WAIT_MS } = {}) {
  const child = spawn(ottlaBin, args, { stdio: ["pipe", "pipe", "pipe"], timeout });
  const out = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (out[name] += text));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`ottla ${args.join(" ")} ended with ${code ?? signal}:\n${out.stderr}`);
  return out.stdout;
}

/** A server that was started: `said` is all it printed, `stop` ends it. */
class Server {
  said = "";
  #child;
  #ended;

  constructor(args) {
    this.#child = spawn(ottlaBin, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.said += text));
    }
    this.name = `ottla ${args.join(" ")}`;
  }

  /** Waits until it has printed what a pattern matches; gives the match. */
  async until(pattern) {
    for (const end = Date.now() + WAIT_MS; Date.now() < end; ) {
      const match = pattern.exec(this.said);
      if (match) return match;
      if (this.#child.exitCode !== null) break;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`${this.name} did not print ${pattern}, but:\n${this.said}`);
  }

  async stop(signal = "SIGTERM") {
    this.#child.kill(signal);
    await this.#ended;
  }
}

/** `ottla dev`: `page` is the dashboard's address, `kafka` the broker's, `bridge` the WebSocket's. */
export async function dev({ http = "127.0.0.1:0", kafka = "127.0.0.1:0" } = {}) {
  const server = new Server(["dev", "--http", http, "--kafka", kafka]);
  const [, page] = await server.until(/(http:\/\/[\w.]+:\d+)/);
  const [, broker] = await server.until(/(?<![\w/.])((?:127\.0\.0\.1|localhost):\d+)/);
  return { server, page, kafka: broker, bridge: `${page.replace("http", "ws")}/v1/local`, stop: (signal) => server.stop(signal) };
}

/** `ottla bridge` in front of a cluster, for pages of one origin. */
export async function bridge(cluster, origin) {
  const listen = ["--listen", "127.0.0.1:0", "--cluster", `local=${cluster}`, "--allow-origin", origin];
  const server = new Server(["bridge", ...listen]);
  const [, address] = await server.until(/((?:127\.0\.0\.1|localhost):(?!0\b)\d+)/);
  return { url: `ws://${address}/v1/local`, stop: () => server.stop() };
}
