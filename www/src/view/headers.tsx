import type { DraftHeader } from "../state/produce";
import { Cross, Plus } from "./icons";

/** The headers of a message to be written, in order; a name may repeat. */
export function HeaderFields({ headers, change }: {
  headers: readonly DraftHeader[];
  change: (headers: readonly DraftHeader[]) => void;
}) {
  const set = (at: number, part: Partial<DraftHeader>) =>
    change(headers.map((header, i) => (i === at ? { ...header, ...part } : header)));
  return (
    <fieldset class="field">
      <legend>Headers</legend>
      {headers.map((header, i) => (
        <div class="header" key={i}>
          <input type="text" class="mono" required aria-label={`Name of header ${i + 1}`} placeholder="name" value={header.name} onInput={(event) => set(i, { name: event.currentTarget.value })} />
          <input type="text" class="mono" aria-label={`Value of header ${i + 1}`} placeholder="value" value={header.value} onInput={(event) => set(i, { value: event.currentTarget.value })} />
          <button type="button" class="quiet square" aria-label={`Remove header ${i + 1}`} onClick={() => change(headers.filter((_, at) => at !== i))}><Cross /></button>
        </div>
      ))}
      <button type="button" class="quiet small" onClick={() => change([...headers, { name: "", value: "" }])}><Plus />Add header</button>
    </fieldset>
  );
}
