import type { ComponentChildren, RefObject } from "preact";
import { useId } from "preact/hooks";
import { Cross } from "./icons";

/** A modal dialog: Escape, the cross and a click beside it close it, and the focus goes back. */
export function Dialog({ inner, title, children }: {
  inner: RefObject<HTMLDialogElement>;
  title: string;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <dialog ref={inner} aria-labelledby={id} onClick={(event) => {
      if (event.target === event.currentTarget) event.currentTarget.close();
    }}>
      <div class="dialog">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="quiet square" aria-label="Close" onClick={() => inner.current?.close()}><Cross /></button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
