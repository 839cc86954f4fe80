/** A topic, as the cluster's metadata describes it. */
export interface Topic {
  readonly name: string;
  /** True for topics that Kafka keeps for itself, such as `__consumer_offsets`. */
  readonly internal: boolean;
  /** In order of their ids. */
  readonly partitions: readonly Partition[];
}

/** One partition of a {@link Topic}. */
export interface Partition {
  readonly id: number;
  /** The node that serves it; null while there is none. */
  readonly leader: number | null;
  /** The nodes that hold a copy. */
  readonly replicas: readonly number[];
  /** Those of them that are in sync. */
  readonly isr: readonly number[];
  /** The offset of the oldest message that is still there; null when it was not asked or has no leader. */
  readonly first: bigint | null;
  /** The offset that the next message will get; null when it was not asked or has no leader. */
  readonly last: bigint | null;
}
