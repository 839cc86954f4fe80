import { effect } from "@preact/signals";
import type { Client, Compression, Delivered, Writer } from "ottla";
import { client } from "./connection";
import { inOneLine } from "./problem";

export interface DraftHeader {
  readonly name: string;
  readonly value: string;
}

/** A message as the form holds it. */
export interface Draft {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly tombstone: boolean;
  readonly headers: readonly DraftHeader[];
  readonly partition: number | null;
  readonly codec: Compression;
}

/** What became of it. */
export type Sent = { readonly place: Delivered } | { readonly problem: string };

/** One writer a codec, for as long as the client lives. */
const writers = new Map<Compression, Writer>();

effect(() => {
  void client.value;
  writers.clear();
});

function writer(on: Client, compression: Compression): Writer {
  const known = writers.get(compression);
  if (known !== undefined) return known;
  const made = on.writer({ compression, lingerMs: 0 });
  writers.set(compression, made);
  return made;
}

/** Writes it and says where it went, or why not. */
export async function send(draft: Draft): Promise<Sent> {
  const on = client.peek();
  if (on === null) return { problem: "There is no connection." };
  try {
    const [place] = await writer(on, draft.codec).write({
      topic: draft.topic,
      key: draft.key === "" ? null : draft.key,
      value: draft.tombstone ? null : draft.value,
      headers: draft.headers.map(({ name, value }) => [name, value] as const),
      ...(draft.partition === null ? {} : { partition: draft.partition }),
    });
    return place === undefined ? { problem: "The message was not acknowledged." } : { place };
  } catch (error) {
    return { problem: inOneLine(error) };
  }
}
