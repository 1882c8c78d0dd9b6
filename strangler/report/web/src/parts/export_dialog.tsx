// A text that is made here, to copy or to keep as a file.

import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function ExportDialog({ file, text, next, close }: { file: string; text: string; next: string; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null), shown = useRef<HTMLPreElement>(null);
  const [done, setDone] = useState("");
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const copy = () => {
    getSelection()?.selectAllChildren(shown.current!);
    navigator.clipboard?.writeText(text).then(() => setDone("Copied."), () => setDone("Marked: copy it with the keys of your browser."));
  };
  return (
    <dialog class="export" ref={dialog} aria-label={file} onClose={close}>
      <h2><code>{file}</code></h2>
      <p class="soft">{next}</p>
      <pre ref={shown} tabIndex={0} role="region" aria-label={`Text of ${file}`}>{text || "# Nothing differs from one monolith.\n"}</pre>
      <p class="actions"><a class="button" download={file} href={`data:application/toml;charset=utf-8,${encodeURIComponent(text)}`}>Save</a>
        <button type="button" onClick={copy}>Copy</button><button type="button" onClick={() => dialog.current?.close()}>Close</button>
        <span class="soft" role="status">{done}</span></p>
    </dialog>
  );
}
