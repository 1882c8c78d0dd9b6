// What is known of the pinned node, with the places it was found at.

import { isMovable } from "../cut/moves";
import { moving } from "../cut/what_if";
import type { Edge, Model, NodeRef } from "../data/model";
import { callersOf } from "../graph/reach";
import { go, place } from "../place/store";
import { Fold } from "./fold";
import { counted, figure, Go, isolated, NodeLink, Nothing, Tag, Where } from "./basics";

const MOST = 60;

export function Inspector({ model }: { model: Model }) {
  const node = model.find(place.value.sel);
  if (!node) return null;
  return (
    <aside class="inspector" aria-label="Pinned">
      <header><span class="soft">{node.kind}</span>
        <button type="button" class="plain-button" aria-label="Close the inspector" onClick={() => go({ sel: "", impact: "", to: "" })}>✕</button></header>
      <h2><code>{isolated(model.nameOf(node))}</code></h2>
      <Actions model={model} node={node} />
      <Body model={model} node={node} />
      <Editor />
    </aside>
  );
}

function Editor() {
  const { editor } = place.value;
  return (
    <Fold name="editor" class="editor" summary="Open places in an editor">
      <label>Its address, with {"{file}"} and {"{line}"}
        <input type="text" value={editor} placeholder="vscode://file/home/me/shop/{file}:{line}" onChange={(event) => go({ editor: event.currentTarget.value.trim() }, true)} /></label>
    </Fold>
  );
}

function Actions({ model, node }: { model: Model; node: NodeRef }) {
  const id = model.idOf(node), { view } = place.value;
  if (node.kind === "route" || node.kind === "entry") return null;
  return (
    <p class="actions">
      {view !== "graph" && <Go to={{ view: "graph", sel: id }} class="button">Show in the graph</Go>}
      {node.kind === "table" && view !== "tables" && <Go to={{ view: "tables", sel: id }} class="button">Who owns it</Go>}
      {isMovable(node) && <button type="button" onClick={() => { moving.value = id; }}>Move … <kbd>m</kbd></button>}
      {view === "graph" && <ImpactButtons node={node} id={id} />}
    </p>
  );
}

function ImpactButtons({ node, id }: { node: NodeRef; id: string }) {
  const { impact, focus, closed } = place.value;
  const name = id.slice(id.indexOf(":") + 1);
  const isClosed = closed.includes(name);
  return (
    <>
      <button type="button" aria-pressed={impact === "out"} onClick={() => go({ impact: impact === "out" ? "" : "out" })}>What it needs</button>
      <button type="button" aria-pressed={impact === "in"} onClick={() => go({ impact: impact === "in" ? "" : "in" })}>What needs it</button>
      <button type="button" aria-pressed={focus === id} onClick={() => go({ focus: focus === id ? "" : id, zoom: "" })}>Focus</button>
      {node.kind === "group" && <button type="button" aria-pressed={isClosed} onClick={() => go({ closed: isClosed ? closed.filter((other) => other !== name) : [...closed, name] })}>Close up</button>}
    </>
  );
}

function Body({ model, node }: { model: Model; node: NodeRef }) {
  switch (node.kind) {
    case "group": return <GroupBody model={model} number={node.number} />;
    case "module": return <ModuleBody model={model} number={node.number} />;
    case "table": return <TableBody model={model} number={node.number} />;
    case "function": return <FunctionBody model={model} number={node.number} />;
    default: return null;
  }
}

function GroupBody({ model, number }: { model: Model; number: number }) {
  const { groups, modules, tables } = model.document;
  const own = modules.group.flatMap((group, module) => (group === number ? [module] : []));
  const stored = tables.group.flatMap((group, table) => (group === number ? [table] : []));
  const lines = own.reduce((sum, module) => sum + modules.lines[module], 0);
  return (
    <>
      <p class="soft">{groups.service[number] ? "a service declared in strangler.toml" : "an app of the monolith"} · {counted(own.length, "module")} · {counted(lines, "line")}</p>
      <List title="Tables" items={stored} show={(table) => <NodeLink model={model} node={{ kind: "table", number: table }} />} />
      <List title="Modules" items={own} show={(module) => <><NodeLink model={model} node={{ kind: "module", number: module }} /> <span class="soft">{figure(modules.lines[module])}</span></>} />
    </>
  );
}

function ModuleBody({ model, number }: { model: Model; number: number }) {
  const { modules, functions, files, groups } = model.document;
  return (
    <>
      <p class="soft">{isolated(groups.name[modules.group[number]])} · <code>{isolated(files[modules.file[number]])}</code> · {counted(modules.lines[number], "line")}</p>
      <Edges model={model} title="Uses" edges={model.edgesFrom(number)} end="target" />
      <Edges model={model} title="Used by" edges={model.edgesTo(number)} end="source" />
      <List title="Functions" items={model.functionsOf(number)} show={(fn) => <><NodeLink model={model} node={{ kind: "function", number: fn }} short={functions.name[fn]} /> <Where place={model.functionPlace(fn)} /></>} />
    </>
  );
}

function TableBody({ model, number }: { model: Model; number: number }) {
  const { tables, groups, columns, keys, strings, functions } = model.document;
  const accesses = model.accessesTo(number);
  const own = columns.table.flatMap((table, index) => (table === number ? [index] : []));
  const foreign = keys.table.flatMap((table, index) => (table === number || keys.target[index] === number ? [index] : []));
  const isOwn = ({ fn }: (typeof accesses)[number]) => functions.module[fn] >= 0;
  const by = (what: string) => accesses.filter((access) => access.statement.what === what && isOwn(access));
  const tests = accesses.filter((access) => !isOwn(access));
  const through = callersOf(model, by("write").map(({ fn }) => fn)).filter(({ fn }) => functions.module[fn] >= 0);
  const show = ({ fn, statement }: (typeof accesses)[number]) => (
    <><NodeLink model={model} node={{ kind: "function", number: fn }} /> <span class="soft">{isolated(statement.operation)}</span> <Where place={statement.place} /></>);
  return (
    <>
      <p class="soft">{isolated(groups.name[tables.group[number]])}{tables.model[number] && <> · <code>{isolated(tables.model[number])}</code></>} <Where place={model.place(tables.file[number], tables.line[number])} /></p>
      <List title="Written by" items={by("write")} show={show} />
      <List title="Written through others by" items={through} show={({ fn, through: called }) => (
        <><Tag>indirect</Tag> <NodeLink model={model} node={{ kind: "function", number: fn }} /> <span class="soft">calls</span> <NodeLink model={model} node={{ kind: "function", number: called }} /></>)} />
      <List title="Read by" items={by("read")} show={show} />
      <List title="Routes that reach it" items={model.routesOf(number)} show={({ route, writes }) => <><Tag kind={writes ? "write" : "read"}>{writes ? "writes" : "reads"}</Tag> <NodeLink model={model} node={{ kind: "route", number: route }} /></>} />
      <List title="Foreign keys" items={foreign} show={(key) => (
        <>{keys.table[key] === number ? <><code>{isolated(strings[keys.column[key]])}</code> → <NodeLink model={model} node={{ kind: "table", number: keys.target[key] }} /></>
          : <><NodeLink model={model} node={{ kind: "table", number: keys.table[key] }} /> . <code>{isolated(strings[keys.column[key]])}</code> → here</>} <Where place={model.place(keys.file[key], keys.line[key])} /></>)} />
      {tests.length > 0 && <List title="In tests and migrations" items={tests} show={show} />}
      <List title="Columns" items={own} show={(column) => <><code>{isolated(strings[columns.name[column]])}</code> <span class="soft">{isolated(strings[columns.type[column]])}{columns.primary[column] ? ", key" : ""}{columns.nullable[column] ? ", may be empty" : ""}</span></>} />
    </>
  );
}

function FunctionBody({ model, number }: { model: Model; number: number }) {
  const callers = [...new Set(model.callersOf(number))];
  return (
    <>
      <p><Where place={model.functionPlace(number)} /></p>
      <List title="Does" items={model.statementsOf(number)} show={(step) => (
        <>{step.what === "call" ? <NodeLink model={model} node={{ kind: "function", number: step.target }} />
          : step.what === "outside" ? <><b class="outside">uses</b> <code>{isolated(step.name)}</code></>
          : <><b class={step.what}>{step.what}s</b> <NodeLink model={model} node={{ kind: "table", number: step.target }} /> <span class="soft">{isolated(step.operation)}</span></>} <Where place={step.place} /></>)} />
      <List title="Called by" items={callers} show={(fn) => <><NodeLink model={model} node={{ kind: "function", number: fn }} /> <Where place={model.functionPlace(fn)} /></>} />
    </>
  );
}

const VERBS = { depends: "imports, calls", reads: "reads", writes: "writes", references: "foreign key" } as const;

function Edges({ model, title, edges, end }: { model: Model; title: string; edges: Edge[]; end: "source" | "target" }) {
  const order = [...edges].sort((a, b) => b.count - a.count);
  return <List title={title} items={order} show={(edge) => (
    <><NodeLink model={model} node={model.end(edge[end])} /> <span class={edge.kind}>{VERBS[edge.kind]}</span> ×{figure(edge.count)} <Where place={edge.place} /></>)} />;
}

function List<T>({ title, items, show }: { title: string; items: T[]; show: (item: T) => preact.ComponentChildren }) {
  return (
    <section aria-label={title}><h3>{title} ({figure(items.length)})</h3>
      {items.length ? <ul class="facts">{items.slice(0, MOST).map((item) => <li>{show(item)}</li>)}{items.length > MOST && <li class="soft">and {figure(items.length - MOST)} more</li>}</ul> : <Nothing>None.</Nothing>}
    </section>
  );
}
