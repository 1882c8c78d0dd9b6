// A dialog over everything else.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export function Modal({ kind, label, close, children }: { kind: "search" | "export"; label: string; close: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key: what is typed at once must not be lost.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  // A browser tells the end of a dialog some time after Esc; until then keys would go into it.
  const shut = () => {
    dialog.current?.close();
    close();
  };
  return (
    <dialog class={kind} ref={dialog} aria-label={label} onClose={close}
      onCancel={(event) => { event.preventDefault(); shut(); }}
      onClick={(event) => event.target === dialog.current && kind === "search" && shut()}>{children}</dialog>
  );
}
