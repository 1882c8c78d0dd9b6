// Finds anything by a part of its name: opened by "/".

import { useCallback, useMemo } from "preact/hooks";
import type { Model, NodeKind, NodeRef } from "../data/model";
import { isMovable } from "../cut/moves";
import { go, place } from "../place/store";
import type { Place } from "../place/place";
import { Chooser, type Option } from "./chooser";

const MOST = 40;
const KINDS: readonly NodeKind[] = ["group", "table", "route", "entry", "module", "function"];

export interface Named {
  node: NodeRef;
  name: string;
  low: string;
}

/** With `pick` what is found is handed over, not gone to; `kinds` are those that are found. */
export function Search({ model, close, pick, kinds = KINDS, title = "Search everything" }: {
  model: Model; close: () => void; pick?: (id: string) => void; kinds?: readonly NodeKind[]; title?: string;
}) {
  const names = useMemo(() => everything(model, kinds), [model, kinds]);
  const find = useCallback((text: string) => matching(names, text).map(({ node, name }) => ({ id: model.idOf(node), kind: node.kind, name })), [names]);
  const choose = ({ id }: Option) => {
    if (pick) return pick(id);
    go(destination(model, model.find(id)!, place.peek().view));
  };
  return <Chooser title={title} field={`Name of an ${spoken(kinds)}`} placeholder={`${capital(spoken(kinds).replace(" or ", ", "))}`}
    hint="↑ ↓ to move, Enter to go there, Esc to close" find={find} choose={choose} close={close} />;
}

const SPOKEN: Partial<Record<NodeKind, string>> = { group: "app", table: "table", route: "route", module: "module", function: "function" };

function spoken(kinds: readonly NodeKind[]): string {
  const words = kinds.flatMap((kind) => SPOKEN[kind] ?? []);
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function everything(model: Model, kinds: readonly NodeKind[]): Named[] {
  return kinds.flatMap((kind) => [...Array(model.count(kind)).keys()].map((number) => {
    const node = { kind, number }, name = model.nameOf(node);
    return { node, name: kind === "entry" ? `${name} → ${entered(model, number)}` : name, low: name.toLowerCase() };
  }));
}

/** What runs: a signal may have several receivers. */
function entered(model: Model, entry: number): string {
  return model.functionName(model.document.entries.function[entry]!);
}

/** What holds every word: whole names first, then beginnings of their last part, then the shortest. */
export function matching(names: readonly Named[], text: string): Named[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found: (Named & { rank: number })[] = [];
  for (const named of names) {
    const { node, low } = named;
    if (!words.every((word) => low.includes(word))) continue;
    const last = low.split(/[.:/ ]/).at(-1) ?? low;
    const rank = (low === words.join(" ") ? 0 : last.startsWith(words.at(-1)!) ? 1 : 2) * 10 + KINDS.indexOf(node.kind);
    found.push({ ...named, rank });
  }
  return found.sort((a, b) => a.rank - b.rank || a.name.length - b.name.length || (a.name < b.name ? -1 : 1)).slice(0, MOST);
}

function destination(model: Model, node: NodeRef, view: Place["view"]): Partial<Place> {
  const id = model.idOf(node);
  if (node.kind === "route" || node.kind === "entry") return { view: "routes", at: id };
  if (view === "graph") return { view, sel: id, zoom: "" };
  if (view === "boundaries" && isMovable(node)) return { view, sel: id };
  return node.kind === "table" ? { view: "tables", sel: id } : { view: "graph", sel: id };
}
