// What is to be moved, and to which service: opened by "m".

import { useCallback } from "preact/hooks";
import { isMovable, moved, readMove, SERVICE_NAME, serviceName, type Move } from "../cut/moves";
import { declared, REST, servicesOf, SHARED } from "../cut/shares";
import { move, moves, moving } from "../cut/what_if";
import type { Model, NodeKind } from "../data/model";
import { Chooser, type Option } from "./chooser";
import { Search } from "./search";

const MOVABLE: readonly NodeKind[] = ["group", "table", "module"];

export function MoveDialog({ model }: { model: Model }) {
  const id = moving.value;
  if (id === null) return null;
  const close = () => { moving.value = null; };
  const node = model.find(id);
  if (!node || !isMovable(node)) return <Search model={model} kinds={MOVABLE} title="What to move" close={() => { if (moving.peek() === id) close(); }} pick={(found) => { moving.value = found; }} />;
  return <Target key={id} model={model} id={id} name={model.nameOf(node)} kind={node.kind === "group" ? "everything of" : node.kind} close={close} />;
}

function Target({ model, id, name, kind, close }: { model: Model; id: string; name: string; kind: string; close: () => void }) {
  const made = moves.value;
  const find = useCallback((text: string) => targets(model, made, text.trim()), [model, made]);
  return <Chooser title={`Move ${kind} ${name}`} field={`Service to move ${kind} ${name} to`} placeholder={`Move ${kind} ${name} to …`}
    hint="A service, or a new one: small letters, digits, - and _. Enter moves, Esc closes." find={find} choose={(option) => move(id, option.id)} close={close} />;
}

/** The services there are that hold a text, and a new one of that name. */
function targets(model: Model, texts: readonly string[], text: string): Option[] {
  const before = texts.map((found) => readMove(model, found)).filter((found): found is Move => found !== null);
  const known = servicesOf(moved(model, declared(model), before)).filter((service) => service !== REST);
  const found = [...known.map((service) => ({ id: service, kind: "service", name: service })),
    { id: REST, kind: "stays", name: serviceName(REST) }, { id: SHARED, kind: "shared", name: serviceName(SHARED) }]
    .filter(({ name }) => name.includes(text));
  const exact = found.findIndex(({ id }) => id === text);
  if (exact > 0) found.unshift(...found.splice(exact, 1));
  if (exact < 0 && SERVICE_NAME.test(text)) found.unshift({ id: text, kind: "new", name: text });
  return found;
}
