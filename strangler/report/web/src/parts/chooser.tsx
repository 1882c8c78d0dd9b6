// A dialog in which one types a part of a name and chooses from what is found.

import type { TargetedKeyboardEvent } from "preact";
import { useMemo, useState } from "preact/hooks";
import { isolated } from "./basics";
import { Modal } from "./modal";

export interface Option {
  id: string;
  kind: string;
  name: string;
}

interface Props {
  title: string;
  field: string;
  placeholder: string;
  /** What the list says it does. */
  hint: string;
  find: (text: string) => Option[];
  choose: (option: Option) => void;
  close: () => void;
}

export function Chooser({ title, field, placeholder, hint, find, choose, close }: Props) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => find(text), [find, text]);
  const take = (option: Option | undefined) => {
    if (!option) return;
    close();
    choose(option);
  };
  const press = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    const typed = event.currentTarget.value;
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    // Who types faster than is drawn means what is typed.
    else if (event.key === "Enter") take(typed === text ? found[at] : find(typed)[0]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal kind="search" label={title} close={close}>
      <input type="text" role="combobox" aria-expanded="true" aria-controls="found" aria-label={field} autocomplete="off"
        aria-activedescendant={found.length ? `found-${at}` : undefined} placeholder={placeholder} value={text}
        onInput={(event) => { setText(event.currentTarget.value); setAt(0); }} onKeyDown={press} />
      <ul id="found" role="listbox" aria-label="Found">{found.map((option, index) => (
        <li id={`found-${index}`} role="option" aria-selected={index === at} onClick={() => take(option)} ref={(element) => { if (index === at) element?.scrollIntoView?.({ block: "nearest" }); }}>
          <span class="kind">{option.kind}</span><code>{isolated(option.name)}</code></li>))}</ul>
      <p class="soft note">{text && !found.length ? "Nothing has such a name." : hint}</p>
    </Modal>
  );
}
