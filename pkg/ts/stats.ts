/**
 * What a reader has done so far, and how it stands. What counts never starts anew: the difference
 * between two of these is what happened in between.
 */
export interface ReaderStats {
  /** Answers to fetch requests, those that hold nothing included. */
  fetches: number;
  /** Messages that were handed out. */
  messages: number;
  /** Bytes of messages that were fetched, as they came: compressed, and whole batches. */
  bytes: number;
  /** Fetch requests that were not answered in time. */
  timeouts: number;
  /** Errors of requests and of single partitions, those too that were kept from you. */
  errors: number;
  /** How long brokers took for their answers, all together, in milliseconds. */
  fetchMs: number;
  /** How long reads waited for messages, all together, in milliseconds. */
  waitMs: number;
  /** Partitions that are read, as far as they are known. */
  partitions: number;
  /** Bytes that are fetched and not read yet. */
  queueBytes: number;
  /** The most that `queueBytes` may come to, give or take a batch. */
  queueCapacity: number;
  /** Messages still to be read, by what was last heard of the ends of the partitions. */
  lag: number;
}

/** Names what wasm gives by place; `ahead` messages are here already and not handed out, and `dropped`
 * ones never were.
 * @internal */
export function readerStats(places: Float64Array, ahead: number, dropped: number): ReaderStats {
  const at = (place: number): number => places[place] ?? 0;
  return {
    fetches: at(0),
    messages: at(1) - ahead - dropped,
    bytes: at(2),
    timeouts: at(3),
    errors: at(4),
    fetchMs: at(5),
    waitMs: at(6),
    partitions: at(7),
    queueBytes: at(8),
    queueCapacity: at(9),
    lag: at(10) + ahead,
  };
}
