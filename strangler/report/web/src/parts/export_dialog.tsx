// A text that is made here, to copy or to keep as a file.

import { useRef, useState } from "preact/hooks";
import { Modal } from "./modal";

export function ExportDialog({ file, text, next, close }: { file: string; text: string; next: string; close: () => void }) {
  const shown = useRef<HTMLPreElement>(null);
  const [done, setDone] = useState("");
  const copy = () => {
    getSelection()?.selectAllChildren(shown.current!);
    navigator.clipboard?.writeText(text).then(() => setDone("Copied."), () => setDone("Marked: copy it with the keys of your browser."));
  };
  return (
    <Modal kind="export" label={file} close={close}>
      <h2><code>{file}</code></h2>
      <p class="soft">{next}</p>
      <pre ref={shown} tabIndex={0} role="region" aria-label={`Text of ${file}`}>{text || "# Nothing differs from one monolith.\n"}</pre>
      <p class="actions"><a class="button" download={file} href={`data:application/toml;charset=utf-8,${encodeURIComponent(text)}`}>Save</a>
        <button type="button" onClick={copy}>Copy</button><button type="button" onClick={(event) => event.currentTarget.closest("dialog")?.close()}>Close</button>
        <span class="soft" role="status">{done}</span></p>
    </Modal>
  );
}
