import { signal } from "@preact/signals";
import type { Topic } from "ottla";

/** Two minutes, a sample a second. */
const KEPT = 121;

/** Messages a second over time, as uPlot takes it: seconds since 1970, and the rate up to then. */
export interface Rates {
  readonly times: readonly number[];
  readonly rates: readonly number[];
}

const NONE: Rates = { times: [], rates: [] };

export const throughput = signal<Rates>(NONE);

let before: { readonly at: number; readonly written: bigint } | undefined;

/** Begins anew, for another topic. */
export function forgetSamples(): void {
  before = undefined;
  throughput.value = NONE;
}

/** Takes what was written to a topic so far; the difference to the time before is the rate. */
export function sample(topic: Topic): void {
  const at = Date.now() / 1000;
  const written = topic.partitions.reduce((sum, { last }) => sum + (last ?? 0n), 0n);
  if (before !== undefined && at > before.at) {
    const rate = Math.max(0, Number(written - before.written) / (at - before.at));
    const { times, rates } = throughput.peek();
    throughput.value = { times: [...times, at].slice(-KEPT), rates: [...rates, rate].slice(-KEPT) };
  }
  before = { at, written };
}
