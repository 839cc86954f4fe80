import { useRef, useState } from "preact/hooks";
import { connection, type Connection, tryNow } from "../state/connection";
import { bridge, ownBridge, setBridge } from "../state/settings";
import { Dialog } from "./dialog";

const WORDS: Readonly<Record<Connection["is"], string>> = {
  connecting: "Connecting…",
  connected: "Connected",
  interrupted: "Reconnecting…",
  failed: "Not connected",
};

function address(url: string): string {
  return url.replace(/^wss?:\/\//, "");
}

/** Says how the connection is; opens the form that changes the bridge. */
export function ConnectionButton() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { is } = connection.value;
  return (
    <>
      <button type="button" class="quiet connection" onClick={() => dialog.current?.showModal()} title="Change the bridge">
        <span class={`dot ${is}`} aria-hidden="true" />
        <span aria-live="polite">{WORDS[is]}</span>
        <span class="address">{address(bridge.value)}</span>
      </button>
      <Dialog inner={dialog} title="Bridge">
        <BridgeForm done={() => dialog.current?.close()} />
      </Dialog>
    </>
  );
}

function BridgeForm({ done }: { done: () => void }) {
  const [url, setUrl] = useState(bridge.value);
  const submit = (event: Event) => {
    event.preventDefault();
    const wanted = url.trim() || ownBridge();
    if (wanted === bridge.peek()) tryNow();
    else setBridge(wanted);
    setUrl(wanted);
    done();
  };
  return (
    <form class="fields" onSubmit={submit}>
      <label class="field">
        <span>Address</span>
        <input type="text" class="mono" value={url} spellcheck={false} placeholder={ownBridge()} onInput={(event) => setUrl(event.currentTarget.value)} />
        <small>ws://HOST:PORT/v1/CLUSTER, or wss://… Leave it empty for the server of this page.</small>
      </label>
      <div class="buttons">
        <button type="button" class="quiet" onClick={done}>Cancel</button>
        <button type="submit" class="main">Connect</button>
      </div>
    </form>
  );
}
