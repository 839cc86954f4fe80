import { useRef, useState } from "preact/hooks";
import { client } from "../state/connection";
import { inOneLine } from "../state/problem";
import { go } from "../state/route";
import { refresh } from "../state/topics";
import { Dialog } from "./dialog";
import { Trash } from "./icons";

/** Deletes a topic, after asking. */
export function DeleteButton({ name }: { name: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const remove = async () => {
    const on = client.peek();
    if (on === null) return setProblem("There is no connection.");
    try {
      await on.deleteTopic(name);
      dialog.current?.close();
      go(null);
      await refresh(on);
    } catch (error) {
      setProblem(inOneLine(error));
    }
  };

  return (
    <>
      <button type="button" class="quiet danger" onClick={() => {
        setProblem(null);
        dialog.current?.showModal();
      }}><Trash />Delete</button>
      <Dialog inner={dialog} title={`Delete “${name}”?`}>
        <div class="fields">
          <p>The topic and every message in it will be gone, for everyone. This can’t be undone.</p>
          {problem !== null && <p class="problem" role="alert">{problem}</p>}
          <div class="buttons">
            <button type="button" class="quiet" autofocus onClick={() => dialog.current?.close()}>Keep it</button>
            <button type="button" class="main danger" onClick={() => void remove()}>Delete topic</button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
