import { effect, signal } from "@preact/signals";

const BRIDGE = "ottla.bridge";
const THEME = "ottla.theme";

/** `auto` follows the system. */
export type Theme = "auto" | "light" | "dark";

/** The bridge that serves this page, as `ottla dev` does. */
export function ownBridge(): string {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}/v1/local`;
}

function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage may be forbidden: then settings last as long as the page
  }
}

function store(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // as above
  }
}

/** Where to connect: `?bridge=` in the page's address, what was set last, or the server of this page. */
export const bridge = signal(new URLSearchParams(location.search).get("bridge") ?? stored(BRIDGE) ?? ownBridge());

/** Sets the bridge for this and later visits. */
export function setBridge(url: string): void {
  store(BRIDGE, url === ownBridge() ? null : url);
  bridge.value = url;
}

function storedTheme(): Theme {
  const theme = stored(THEME);
  return theme === "light" || theme === "dark" ? theme : "auto";
}

export const theme = signal<Theme>(storedTheme());

effect(() => {
  document.documentElement.style.colorScheme = theme.value === "auto" ? "light dark" : theme.value;
  store(THEME, theme.value === "auto" ? null : theme.value);
});

/** To the next theme. */
export function nextTheme(): void {
  const next: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
  theme.value = next[theme.value];
}
