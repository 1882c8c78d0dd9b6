// Who owns what: a card for each service with its tables and the modules given to it, to be dragged from card to card.

import { declared, REST, SHARED, type Shares } from "../cut/shares";
import { move, moving } from "../cut/what_if";
import type { Model, NodeKind } from "../data/model";
import { counted, isolated } from "../parts/basics";
import { Fold } from "../parts/fold";
import { go, place } from "../place/store";

const KIND = "text/plain";

export function OwnershipBoard({ model, shares, services }: { model: Model; shares: Shares; services: readonly string[] }) {
  const base = declared(model);
  const others = services.filter((service) => service !== REST);
  const shared = [...shares.tables.values()].includes(null) || [...shares.pins.values()].includes(SHARED);
  return (
    <div class="cards">
      {[...others, ...(shared ? [SHARED] : [])].map((service) => <Card model={model} base={base} shares={shares} service={service} />)}
      <Drop service="" label="Drop here for a new service"><p class="soft">A new service: drop something here, or <button type="button" onClick={() => { moving.value = place.peek().sel || ""; }}>move <kbd>m</kbd></button></p></Drop>
      <Rest model={model} shares={shares} />
    </div>
  );
}

function Drop({ service, label, children }: { service: string; label: string; children: preact.ComponentChildren }) {
  return (
    <section class={service ? "card" : "card empty"} aria-label={label}
      onDragOver={(event) => { event.preventDefault(); event.currentTarget.classList.add("over"); }}
      onDragLeave={(event) => event.currentTarget.classList.remove("over")}
      onDrop={(event) => {
        event.preventDefault();
        event.currentTarget.classList.remove("over");
        const id = event.dataTransfer?.getData(KIND);
        if (id && service) move(id, service);
        else if (id) moving.value = id;
      }}>{children}</section>
  );
}

function Card({ model, base, shares, service }: { model: Model; base: Shares; shares: Shares; service: string }) {
  const is = (found: string | null) => (found ?? SHARED) === service;
  const tables = [...shares.tables].filter(([, owner]) => is(owner)).map(([table]) => table);
  const modules = [...shares.pins].filter(([, owner]) => is(owner)).map(([module]) => module);
  return (
    <Drop service={service} label={service}>
      <h3>{service === SHARED ? "shared by all" : <>◆ {isolated(service)}</>} <span class="soft">{counted(tables.length, "table")}</span></h3>
      <Chips model={model} kind="table" numbers={tables} isNew={(table) => base.tables.get(table) !== shares.tables.get(table)} />
      {modules.length > 0 && <Fold name={`modules of ${service}`} summary={`${counted(modules.length, "module")} given to it`}>
        <Chips model={model} kind="module" numbers={modules} isNew={(module) => base.pins.get(module) !== shares.pins.get(module)} /></Fold>}
    </Drop>
  );
}

/** What stays, by app. */
function Rest({ model, shares }: { model: Model; shares: Shares }) {
  const { tables, modules, groups } = model.document;
  const staying = (table: number) => shares.tables.get(table) === REST;
  const parts = groups.name.map((name, group) => ({
    name, group, tables: tables.group.flatMap((own, table) => (own === group && staying(table) ? [table] : [])),
    modules: modules.group.filter((own, module) => own === group && (shares.pins.get(module) ?? REST) === REST).length,
  }));
  const empty = parts.filter((part) => !part.tables.length && part.modules);
  return (
    <Drop service={REST} label={REST}>
      <h3>The rest of the monolith <span class="soft">{counted([...shares.tables.keys()].filter(staying).length, "table")}, by app</span></h3>
      <div class="apps">{parts.filter((part) => part.tables.length).map(({ name, group, tables: own, modules: code }) => (
        <div><p><Chip id={`group:${name}`} kind="group" name={name} /> <span class="soft">{counted(code, "module")}</span></p>
          <Chips model={model} kind="table" numbers={own} isNew={(table) => declaredElsewhere(model, table)} key={group} /></div>))}</div>
      {empty.length > 0 && <Fold name="without tables" summary={`${counted(empty.length, "app")} without tables`}>
        <ul class="chips">{empty.map(({ name }) => <li><Chip id={`group:${name}`} kind="group" name={name} /></li>)}</ul></Fold>}
    </Drop>
  );
}

function declaredElsewhere(model: Model, table: number): boolean {
  return model.document.services.tables.flat().includes(model.document.tables.name[table]);
}

const MOST = 40;

function Chips({ model, kind, numbers, isNew }: { model: Model; kind: NodeKind; numbers: number[]; isNew: (number: number) => boolean }) {
  if (!numbers.length) return null;
  return (
    <ul class="chips">{numbers.slice(0, MOST).map((number) => (
      <li><Chip id={model.idOf({ kind, number })} kind={kind} name={model.nameOf({ kind, number })} isNew={isNew(number)} /></li>))}
      {numbers.length > MOST && <li class="soft">and {counted(numbers.length - MOST, kind)} more</li>}</ul>
  );
}

function Chip({ id, kind, name, isNew = false }: { id: string; kind: NodeKind; name: string; isNew?: boolean }) {
  const chosen = place.value.sel === id;
  return (
    <button type="button" class={`chip ${kind}${isNew ? " moved" : ""}`} draggable aria-pressed={chosen} data-node={id}
      onDragStart={(event) => event.dataTransfer?.setData(KIND, id)} onClick={() => go({ sel: chosen ? "" : id }, true)}>
      <span aria-hidden="true">{kind === "table" ? "▤" : kind === "group" ? "⬚" : "▪"}</span>{isolated(name)}{isNew && <span class="hidden"> (moved)</span>}
    </button>
  );
}
