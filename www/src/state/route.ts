import { signal } from "@preact/signals";

const PREFIX = "#/topic/";

function fromAddress(): string | null {
  if (!location.hash.startsWith(PREFIX)) return null;
  try {
    return decodeURIComponent(location.hash.slice(PREFIX.length)) || null;
  } catch {
    return null;
  }
}

/** The topic in the page's address. */
export const selected = signal(fromAddress());

addEventListener("hashchange", () => {
  selected.value = fromAddress();
});

/** The address of a topic. */
export function linkTo(topic: string): string {
  return PREFIX + encodeURIComponent(topic);
}

/** Goes to a topic, or to no topic in particular. */
export function go(topic: string | null): void {
  location.hash = topic === null ? "" : linkTo(topic);
}
