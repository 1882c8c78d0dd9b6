// Finds anything by a part of its name: opened by "/".

import type { TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Model, NodeKind, NodeRef } from "../data/model";
import { elsewhere, go, place } from "../place/store";
import type { Place } from "../place/place";
import { isolated } from "./basics";

const MOST = 40;
const KINDS: NodeKind[] = ["group", "table", "route", "entry", "module", "function"];

interface Found {
  node: NodeRef;
  name: string;
  rank: number;
}

/** With `pick` what is found is handed over, not gone to. */
export function Search({ model, close, pick }: { model: Model; close: () => void; pick?: (id: string) => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const names = useMemo(() => everything(model), [model]);
  const found = useMemo(() => matching(names, text), [names, text]);
  // Before the next key: what is typed at once must not be lost.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const choose = (item: Found | undefined) => {
    if (!item) return;
    close();
    if (pick) return pick(model.idOf(item.node));
    const { view } = place.peek();
    const change = destination(model, item.node, view);
    go(change.view === view ? change : { ...elsewhere(), ...change });
  };
  const press = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    const typed = event.currentTarget.value;
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    // Who types faster than is drawn means what is typed.
    else if (event.key === "Enter") choose(typed === text ? found[at] : matching(names, typed)[0]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog class="search" ref={dialog} aria-label="Search everything" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <input type="text" role="combobox" aria-expanded="true" aria-controls="found" aria-label="Name of a table, route, module or function" autocomplete="off"
        aria-activedescendant={found.length ? `found-${at}` : undefined} placeholder="Table, route, module, function" value={text}
        onInput={(event) => { setText(event.currentTarget.value); setAt(0); }} onKeyDown={press} />
      <ul id="found" role="listbox" aria-label="Found">{found.map((item, index) => (
        <li id={`found-${index}`} role="option" aria-selected={index === at} onClick={() => choose(item)} ref={(element) => { if (index === at) element?.scrollIntoView?.({ block: "nearest" }); }}>
          <span class="kind">{item.node.kind}</span><code>{isolated(item.name)}</code></li>))}</ul>
      <p class="soft note">{text && !found.length ? "Nothing has such a name." : "↑ ↓ to move, Enter to go there, Esc to close"}</p>
    </dialog>
  );
}

function everything(model: Model): { node: NodeRef; name: string; low: string }[] {
  return KINDS.flatMap((kind) => [...Array(model.count(kind)).keys()].map((number) => {
    const node = { kind, number }, name = model.nameOf(node);
    return { node, name, low: name.toLowerCase() };
  }));
}

/** What holds every word: whole names first, then beginnings of their last part, then the shortest. */
export function matching(names: { node: NodeRef; name: string; low: string }[], text: string): Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found: Found[] = [];
  for (const { node, name, low } of names) {
    if (!words.every((word) => low.includes(word))) continue;
    const last = low.split(/[.:/ ]/).at(-1) ?? low;
    const rank = (low === words.join(" ") ? 0 : last.startsWith(words.at(-1)!) ? 1 : 2) * 10 + KINDS.indexOf(node.kind);
    found.push({ node, name, rank });
  }
  return found.sort((a, b) => a.rank - b.rank || a.name.length - b.name.length || (a.name < b.name ? -1 : 1)).slice(0, MOST);
}

function destination(model: Model, node: NodeRef, view: Place["view"]): Partial<Place> {
  const id = model.idOf(node);
  if (node.kind === "route" || node.kind === "entry") return { view: "routes", at: id };
  if (view === "graph") return { view, sel: id, zoom: "" };
  return node.kind === "table" ? { view: "tables", sel: id } : { view: "graph", sel: id };
}
