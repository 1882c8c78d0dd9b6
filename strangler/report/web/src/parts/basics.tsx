import type { ComponentChildren } from "preact";
import type { Model, NodeRef } from "../data/model";
import { editorLink, type Place } from "../place/place";
import { follow, linkTo, place as current } from "../place/store";

export function figure(number: number): string {
  return number.toLocaleString("en").replaceAll(",", "\u202f");
}

export function counted(number: number, noun: string): string {
  return `${figure(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A link to another place of this page. */
export function Go(props: { to: Partial<Place>; class?: string; current?: boolean; label?: string; children: ComponentChildren }) {
  return (
    <a href={linkTo(props.to)} class={props.class} aria-current={props.current ? "true" : undefined} aria-label={props.label}
      onClick={(event) => follow(event, props.to)}>{props.children}</a>
  );
}

/** A node by its name; a click pins it in the inspector, for a route it shows its way. */
export function NodeLink({ model, node, short }: { model: Model; node: NodeRef; short?: string }) {
  const name = model.nameOf(node), id = model.idOf(node);
  const isRequest = node.kind === "route" || node.kind === "entry";
  return <Go to={isRequest ? { view: "routes", at: id } : { sel: id }}><code>{isolated(short ?? name)}</code></Go>;
}

/** A node by its id; what the report does not have is named only. */
export function Named({ model, id, name = id.slice(id.indexOf(":") + 1) }: { model: Model; id: string; name?: string }) {
  const node = model.find(id);
  return node ? <NodeLink model={model} node={node} /> : <code>{isolated(name)}</code>;
}

/** A place in the source. */
export function Where({ place }: { place: string }) {
  if (!place) return null;
  const link = editorLink(current.value.editor, place), text = <code class="where">{isolated(place)}</code>;
  return link ? <a href={link}>{text}</a> : text;
}

/** A name whose direction cannot disturb the line it stands in. */
export function isolated(text: string) {
  return <bdi>{text}</bdi>;
}

/** A word with a sign before it, so that it does not stand by its colour alone. */
export function Tag({ kind, children }: { kind?: string; children: ComponentChildren }) {
  return <span class={`tag ${kind ?? ""}`}>{children}</span>;
}

export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="soft">{children}</p>;
}

/** The part of a module's or function's name behind the name of what it lies in. */
export function within(name: string, outer: string): string {
  return name.startsWith(`${outer}.`) ? name.slice(outer.length + 1) : name;
}
