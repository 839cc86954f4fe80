const strict = new TextDecoder("utf-8", { fatal: true });

/** How keys and values are shown: as text where they are, or always as hex. */
export type Look = "text" | "hex";

/** Bytes for a person: `text` is false when they are shown as hex. */
export interface Shown {
  readonly text: boolean;
  readonly content: string;
  /** Whether there is more than is shown. */
  readonly cut: boolean;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** A cut must not split a character: a few bytes less can't hurt. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 4 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, Math.max(0, end - 1));
}

function decode(bytes: Uint8Array): string | null {
  try {
    const text = strict.decode(bytes);
    // Control characters other than tab and line ends mean that it is not text.
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** The first `most` bytes as asked. */
export function look(bytes: Uint8Array, as: Look, most: number): Shown {
  const cut = bytes.length > most;
  const head = cut ? bytes.subarray(0, most) : bytes;
  const text = as === "text" ? decode(cut ? wholeCharacters(head) : head) : null;
  return text === null ? { text: false, content: hex(head), cut } : { text: true, content: text, cut };
}

const INDENT = "  ";

/** Lays valid JSON out over lines without touching its values: a reparsed number may lose digits. */
function layOut(json: string): string {
  let out = "";
  let depth = 0;
  const line = () => `\n${INDENT.repeat(depth)}`;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{]\s*[\]}]|[^\s"[\]{},:]+|[[\]{},:]/g)) {
    if (token === "[" || token === "{") {
      depth++;
      out += token + line();
    } else if (token === "]" || token === "}") {
      depth--;
      out += line() + token;
    } else if (token === ",") out += token + line();
    else out += token === ":" ? ": " : token.length > 1 && /^[[{]/.test(token) ? token.replace(/\s/g, "") : token;
  }
  return out;
}

/** JSON laid out over lines; anything else as it is. */
export function laidOut(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return layOut(text);
}
