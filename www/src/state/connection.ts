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
  void old?.close();
  for (let wait = FIRST_PAUSE_MS; mine === attempt; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    connection.value = { is: "connecting" };
    try {
      const connected = await Client.connect(url, { clientId: "ottla-dashboard" });
      if (mine !== attempt) return void connected.close();
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

/** Reports how a request of the page went; every one of them tells how the connection is. */
export function heard(from: Client, error?: unknown): void {
  if (from !== client.peek()) return;
  const broken = error instanceof KafkaError && (error.kind === "io" || error.kind === "timeout");
  if (broken) connection.value = { is: "interrupted", problem: problem(error) };
  else if (error === undefined && connection.peek().is !== "connected") connection.value = { is: "connected" };
}
