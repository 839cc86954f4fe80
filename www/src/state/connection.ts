import { signal } from "@preact/signals";
import { Client, KafkaError } from "ottla";
import { type Problem, problem } from "./problem";

/** How the page stands to the cluster. */
export type Connection =
  | { readonly is: "connecting" }
  | { readonly is: "connected" }
  /** It was connected; the client is trying by itself to get back. */
  | { readonly is: "interrupted"; readonly problem: Problem }
  /** Never connected; this page tries again at `retryAt` (ms of `Date.now`). */
  | { readonly is: "failed"; readonly problem: Problem; readonly retryAt: number };

export const connection = signal<Connection>({ is: "connecting" });

/** The client, while there is one. */
export const client = signal<Client | null>(null);

/** A page says soon that something is wrong, and tries again by itself. */
const OPTIONS = { clientId: "ottla-dashboard", callTimeoutMs: 20_000 };
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

let attempt = 0;
let wake: (() => void) | undefined;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Ends the pause before the next attempt. */
export function tryNow(): void {
  wake?.();
}

/** Connects to a bridge, until it works or another bridge is wanted. */
export async function connectTo(url: string): Promise<void> {
  const mine = ++attempt;
  tryNow();
  const old = client.peek();
  client.value = null;
  // What it still held is lost with its bridge, and was said so where it was written.
  old?.close().catch(() => undefined);
  for (let wait = FIRST_PAUSE_MS; mine === attempt; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    connection.value = { is: "connecting" };
    try {
      const connected = await Client.connect(url, OPTIONS);
      if (mine !== attempt) return void connected.close().catch(() => undefined);
      client.value = connected;
      connection.value = { is: "connected" };
      return;
    } catch (error) {
      if (mine !== attempt) return;
      connection.value = { is: "failed", problem: problem(error), retryAt: Date.now() + wait };
      if (error instanceof KafkaError && error.kind === "misuse") return;
      await pause(wait);
    }
  }
}

/** After so long without an answer the page says so, whatever the client is still trying. */
const PATIENCE_MS = 3_000;

const SILENCE: Problem = { title: "No answer", details: [`The cluster has not answered for ${PATIENCE_MS / 1000} seconds.`] };

function heard(from: Client, now: Connection): void {
  if (from === client.peek()) connection.value = now;
}

/** Waits for an answer: whether it comes, and when, tells how the connection is. */
export async function answer<T>(from: Client, call: Promise<T>): Promise<T> {
  const patience = setTimeout(() => {
    if (connection.peek().is === "connected") heard(from, { is: "interrupted", problem: SILENCE });
  }, PATIENCE_MS);
  try {
    const result = await call;
    if (connection.peek().is !== "connected") heard(from, { is: "connected" });
    return result;
  } catch (error) {
    const broken = error instanceof KafkaError && (error.kind === "io" || error.kind === "timeout");
    if (broken) heard(from, { is: "interrupted", problem: problem(error) });
    throw error;
  } finally {
    clearTimeout(patience);
  }
}
