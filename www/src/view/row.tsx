import type { Signal } from "@preact/signals";
import type { Message } from "ottla";
import { laidOut, look as lookAt, type Look } from "../bytes";
import { clock, plural, size } from "../format";
import type { Row } from "../state/tail";

const PREVIEW = 300;
const DETAIL = 64 * 1024;

function Content({ bytes, as, most, whole }: { bytes: Uint8Array | null; as: Look; most: number; whole?: boolean }) {
  if (bytes === null) return <em class="null">null</em>;
  if (bytes.length === 0) return <em class="null">empty</em>;
  const { text, content, cut } = lookAt(bytes, as, most);
  return (
    <>
      <span class={text ? undefined : "hex"}>{text && whole && !cut ? laidOut(content) : content}</span>
      {cut && <em class="null"> … {size(bytes.length)}</em>}
    </>
  );
}

function Headers({ headers, as }: { headers: Message["headers"]; as: Look }) {
  return (
    <dl>
      {headers.map(([name, value], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd><Content bytes={value} as={as} most={PREVIEW * 4} /></dd>
        </div>
      ))}
    </dl>
  );
}

function Details({ message, as }: { message: Message; as: Look }) {
  const { key, value, headers, timestamp } = message;
  return (
    <div class="details" role="row">
      <div role="cell">
        <h3>Key</h3>
        <pre><Content bytes={key} as={as} most={DETAIL} whole /></pre>
        <h3>Value <small>{value === null ? "a tombstone" : size(value.length)}</small></h3>
        <pre><Content bytes={value} as={as} most={DETAIL} whole /></pre>
        {headers.length > 0 && <h3>{plural(headers.length, "header")}</h3>}
        <Headers headers={headers} as={as} />
        <p class="hint">{timestamp < 0 ? "No timestamp" : new Date(timestamp).toISOString()}</p>
      </div>
    </div>
  );
}

/** A message in one line; it opens to the whole of it. */
export function TailRow({ row, look, open }: { row: Row; look: Look; open: Signal<number | null> }) {
  const { id, message } = row;
  const isOpen = open.value === id;
  const toggle = () => {
    // Who drags over a row selects its text.
    if (getSelection()?.isCollapsed === false) return;
    open.value = isOpen ? null : id;
  };
  return (
    <>
      <div class="row" role="row" onClick={toggle}>
        <span role="cell">
          <button type="button" class="expand" aria-expanded={isOpen} aria-label={`Message ${message.offset} of partition ${message.partition}`} onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}>{clock(message.timestamp)}</button>
        </span>
        <span role="cell">{message.partition}</span>
        <span role="cell">{String(message.offset)}</span>
        <span role="cell" class="cut"><Content bytes={message.key} as={look} most={PREVIEW} /></span>
        <span role="cell" class="cut">
          <Content bytes={message.value} as={look} most={PREVIEW} />
          {message.headers.length > 0 && <small class="chip">{plural(message.headers.length, "header")}</small>}
        </span>
      </div>
      {isOpen && <Details message={message} as={look} />}
    </>
  );
}
