const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const time = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** 12 345 as 12.3K. */
export function short(count: number | bigint): string {
  return compact.format(count);
}

/** 12345 as 12,345. */
export function full(count: number | bigint): string {
  return whole.format(count);
}

/** A rate: 0.4, but 1 for what is 1 when rounded. */
export function rate(perSecond: number): string {
  return short(perSecond);
}

/** The time of day, to the millisecond; a dash for messages without a time. */
export function clock(ms: number): string {
  return ms < 0 ? "–" : time.format(ms);
}

/** 1 partition, 2 partitions. */
export function plural(count: number | bigint, one: string): string {
  return `${full(count)} ${one}${count == 1 ? "" : "s"}`;
}

/** A length in bytes, in words. */
export function size(bytes: number): string {
  if (bytes < 1024) return plural(bytes, "byte");
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
