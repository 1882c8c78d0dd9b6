// The way of a request as a waterfall: every step in static order, with the apps it crosses and the transactions it runs in.

import { useEffect, useMemo, useRef } from "preact/hooks";
import { listed, type Model, type NodeRef } from "../data/model";
import { routeRoots, traced, type Row } from "../data/trace";
import { counted, figure, Go, isolated, Named, NodeLink, Nothing, Tag, Where } from "../parts/basics";
import { Fold, useToggled } from "../parts/fold";
import { Grid } from "../parts/grid";
import { told, telling } from "../place/place";
import { isMeasuredBy, rows } from "../live/look";
import { looks } from "../live/stream";
import { go, place } from "../place/store";

/** Tables of a request that are shown before one asks for all. */
const FEW = 12;
const MOST_LISTED = 400;
const PORTION = 300;
const STEPS = "Steps in static order";
/** A step by its number, where it is closed. */
const STEP = "step ";

export function Routes({ model }: { model: Model }) {
  const chosen = model.find(place.value.at);
  return (
    <div class="pair">
      <RequestList model={model} chosen={chosen} />
      <div class="detail">{chosen ? <Request model={model} node={chosen} /> : <Busiest model={model} />}</div>
    </div>
  );
}

/** Where one could begin to read: what changes most. */
function Busiest({ model }: { model: Model }) {
  const { reads, writes, handler } = model.document.routes;
  const rows = handler.map((_, route) => ({ route, writes: listed(writes, route).length, reads: listed(reads, route).length }))
    .sort((a, b) => b.writes - a.writes || b.reads - a.reads || a.route - b.route).slice(0, FEW);
  if (!rows.length) return <Nothing>Choose an entry point to walk through.</Nothing>;
  return (
    <section aria-labelledby="busiest"><h2 id="busiest">Routes that write most</h2>
      <p class="soft">Choose a route or another entry point to walk through what it does, step by step.</p>
      <Grid label="Routes that write most" rows={rows} columns={[
        { name: "Route", by: ({ route }) => model.routeName(route), cell: ({ route }) => <NodeLink model={model} node={{ kind: "route", number: route }} /> },
        { name: "Writes tables", number: true, by: (row) => row.writes, cell: (row) => figure(row.writes) },
        { name: "Reads", number: true, by: (row) => row.reads, cell: (row) => figure(row.reads) },
        { name: "Answered by", by: ({ route }) => handler[route], cell: ({ route }) => <Handler model={model} route={route} /> },
      ]} />
    </section>
  );
}

/** What answers a route: where that is a class, its method for the route. */
function Handler({ model, route }: { model: Model; route: number }) {
  const id = `function:${model.document.routes.handler[route]}`;
  const method = model.find(id) ? undefined : routeRoots(model, route).find(({ role }) => role === "handler");
  return method ? <NodeLink model={model} node={{ kind: "function", number: method.fn }} /> : <Named model={model} id={id} />;
}

function RequestList({ model, chosen }: { model: Model; chosen: NodeRef | null }) {
  const { q } = place.value;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const all: NodeRef[] = [...Array(model.count("route")).keys()].map((number) => ({ kind: "route" as const, number }));
  all.push(...[...Array(model.count("entry")).keys()].map((number) => ({ kind: "entry" as const, number })));
  const found = all.filter((node) => {
    const handler = node.kind === "route" ? model.document.routes.handler[node.number] : "";
    const text = `${model.nameOf(node)} ${handler}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const at = found.findIndex((node) => node.kind === chosen?.kind && node.number === chosen.number);
  const shown = at < MOST_LISTED ? found.slice(0, MOST_LISTED) : [...found.slice(0, MOST_LISTED), found[at]];
  const list = useRef<HTMLUListElement>(null), id = chosen && model.idOf(chosen);
  useEffect(() => list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }), [id]);
  return (
    <div class="list">
      <div class="narrow"><input type="search" aria-label="Narrow the routes" placeholder={`Narrow ${counted(all.length, "entry point")}`}
        value={q} onInput={(event) => go({ q: event.currentTarget.value }, true)} /></div>
      <ul class="rows" aria-label="Routes and other entry points" ref={list}>
        {shown.map((node) => <li><RequestLink model={model} node={node} current={node.kind === chosen?.kind && node.number === chosen.number} /></li>)}
        {found.length > MOST_LISTED && <li class="soft note">and {figure(found.length - MOST_LISTED)} more: narrow on</li>}
        {!found.length && <li class="soft note">Nothing found.</li>}
      </ul>
    </div>
  );
}

function RequestLink({ model, node, current }: { model: Model; node: NodeRef; current: boolean }) {
  const { routes, entries } = model.document;
  const [word, rest] = node.kind === "route"
    ? [model.string(routes.method[node.number]), routes.path[node.number]]
    : [model.string(entries.kind[node.number]), entries.name[node.number]];
  return (
    <Go to={{ at: model.idOf(node) }} current={current}>
      <span class="line"><span class="method">{word}</span> <code>{isolated(rest)}</code></span>
      {node.kind === "route"
        ? <small>reads {listed(routes.reads, node.number).length}, writes {listed(routes.writes, node.number).length}</small>
        : <small>{isolated(model.functionName(entries.function[node.number]))}</small>}
    </Go>
  );
}

function Request({ model, node }: { model: Model; node: NodeRef }) {
  const { routes, entries } = model.document;
  const isRoute = node.kind === "route";
  const where = isRoute ? model.place(routes.file[node.number], routes.line[node.number]) : model.place(entries.file[node.number], entries.line[node.number]);
  const { all } = place.value;
  const rows = useMemo(
    () => traced(model, isRoute ? routeRoots(model, node.number) : [{ fn: entries.function[node.number], role: "handler" }], where, !all),
    [model, node.kind, node.number, all],
  );
  return (
    <article>
      <h2><code>{isolated(model.nameOf(node))}</code></h2>
      <p class="soft">{isRoute && <Handler model={model} route={node.number} />} <Where place={where} /></p>
      {isRoute && <Touched model={model} route={node.number} />}
      {isRoute && <Measured name={model.nameOf(node)} />}
      <div class="tools"><h3>Way of the request</h3>
        <label><input type="checkbox" checked={all} onChange={(event) => go({ all: event.currentTarget.checked })} /> every step, also what touches nothing</label></div>
      <Waterfall model={model} rows={rows} />
    </article>
  );
}

function Touched({ model, route }: { model: Model; route: number }) {
  const { reads, writes, laterReads, laterWrites } = model.document.routes;
  const later = [...new Set([...listed(laterReads, route), ...listed(laterWrites, route)])];
  const link = (number: number) => <NodeLink model={model} node={{ kind: "table", number }} />;
  const line = (title: string, kind: string, tables: number[]) => tables.length > 0 && (
    <div class="touched"><dt><Tag kind={kind}>{title}</Tag></dt><dd>{tables.slice(0, FEW).map(link)}{tables.length > FEW && <Fold name={title} class="long" summary={`and ${figure(tables.length - FEW)} more`}><span class="members">{tables.slice(FEW).map(link)}</span></Fold>}</dd></div>);
  return <dl>{line("writes", "write", listed(writes, route))}{line("reads", "read", listed(reads, route))}{line("later", "later", later)}</dl>;
}

/** How long it takes, by side, since the gateway started. */
function Measured({ name }: { name: string }) {
  const [now] = looks.value;
  if (!now) return <p class="soft">How long it takes is measured by the gateway: this page at <code>/report</code> on its admin listener shows it here.</p>;
  const found = rows(now, null).filter(({ route }) => isMeasuredBy(route, name));
  return (
    <section aria-labelledby="measured"><h3 id="measured">Measured by the gateway</h3>
      {found.length ? <Grid label="Measured by the gateway" rows={found} columns={[
        { name: "Side", cell: (row) => <Tag>{row.side === "v2" ? "●" : "○"} {row.side}</Tag> },
        { name: "Requests", number: true, cell: (row) => figure(row.requests) },
        { name: "% failed", number: true, cell: (row) => row.failed?.toFixed(1) },
        { name: "p50", number: true, cell: (row) => row.p50 },
        { name: "p99", number: true, cell: (row) => row.p99 },
      ]} /> : <Nothing>Not asked since it started, or no rule of [[routes]] is for this route alone.</Nothing>}
    </section>
  );
}

function Waterfall({ model, rows }: { model: Model; rows: Row[] }) {
  const { toggled, portions } = place.value, portion = Math.max(1, Number(told(portions, STEPS)) || 1);
  const closed = new Set(toggled.flatMap((name) => (name.startsWith(STEP) ? [Number(name.slice(STEP.length))] : [])));
  if (!rows.length) return <Nothing>Nothing runs.</Nothing>;
  const visible: number[] = [];
  for (let index = 0; index < rows.length; index = closed.has(index) ? rows[index].end : index + 1) visible.push(index);
  const shown = visible.slice(0, portion * PORTION);
  return (
    <>
      <table class="waterfall" aria-label={STEPS}>
        <thead><tr><th scope="col">Step</th><th scope="col" class="lane">Order <span class="soft">of {figure(rows.length)}</span></th><th scope="col">Transaction</th><th scope="col">Where</th></tr></thead>
        <tbody>{shown.map((number) => <Step model={model} rows={rows} number={number} closed={closed.has(number)} />)}</tbody>
      </table>
      {visible.length > shown.length && <button type="button" class="more" onClick={() => go({ portions: telling(portions, STEPS, String(portion + 1)) }, true)}>Show {figure(Math.min(PORTION, visible.length - shown.length))} more of {counted(visible.length, "step")}</button>}
    </>
  );
}

function Step({ model, rows, number, closed }: { model: Model; rows: Row[]; number: number; closed: boolean }) {
  const row = rows[number], { step } = row, [, toggle] = useToggled(`${STEP}${number}`);
  const holds = row.end > number + 1;
  const crossing = crossed(model, rows, row);
  return (
    <tr class={row.depth ? "" : "first"}>
      <td>
        <div class="step" style={{ paddingLeft: `${Math.min(row.depth, 24) * 14}px` }}>
          {holds
            ? <button type="button" class="toggle" aria-expanded={!closed} aria-label={closed ? "Open" : "Close"} onClick={toggle}>{closed ? "▸" : "▾"}</button>
            : <span class="toggle" aria-hidden="true">·</span>}
          <span>{row.role && <span class="soft">{row.role} </span>}<What model={model} row={row} />
            {crossing && <Tag kind="crossing">⇄ {isolated(crossing)}</Tag>}
            {step.loop && <Tag kind="loop">↻ in a loop</Tag>}
            {step.kind === "async" && <Tag kind="later">later</Tag>}
            {step.what === "call" && !["direct", "async", "framework"].includes(step.kind) && <Tag>{step.kind}</Tag>}
            {step.confidence !== "certain" && <Tag>{step.confidence}</Tag>}
            {row.continuation === "recursive" && <Tag>recursive</Tag>}
            {row.continuation === "elsewhere" && <Tag>shown at {isolated(row.elsewhere)}</Tag>}
            {row.continuation === "too-deep" && <Tag>cut off here</Tag>}</span>
        </div>
      </td>
      <td class="lane"><Bar row={row} number={number} all={rows.length} /></td>
      <td>{row.transaction && <TransactionCell rows={rows} row={row} />}</td>
      <td><Where place={step.place} /></td>
    </tr>
  );
}

function What({ model, row }: { model: Model; row: Row }) {
  const { step } = row;
  if (step.what === "call") return <NodeLink model={model} node={{ kind: "function", number: step.target }} />;
  if (step.what === "outside") return <><b class="outside">uses</b> <code>{isolated(step.name)}</code> <span class="soft">{isolated(step.operation)}</span></>;
  return <><b class={step.what}>{step.what}s</b> <NodeLink model={model} node={{ kind: "table", number: step.target }} /> <span class="soft">{isolated(step.operation)}</span></>;
}

/** From the row's own number to that of its last step; a single step is a mark. */
function Bar({ row, number, all }: { row: Row; number: number; all: number }) {
  const style = { left: `${(100 * number) / all}%`, width: `${(100 * (row.end - number)) / all}%` };
  return <div class="track" aria-hidden="true"><span class={`span ${row.step.what} ${row.transaction ? "inside" : ""}`} style={style} /></div>;
}

function TransactionCell({ rows, row }: { rows: Row[]; row: Row }) {
  const around = row.parent >= 0 ? rows[row.parent] : null;
  if (around?.transaction === row.transaction && around.savepoint === row.savepoint) return <span class="transaction same" title={row.transaction}><span aria-hidden="true">┃</span><span class="hidden">same transaction</span></span>;
  if (row.savepoint) return <span class="transaction">┣ savepoint <Where place={row.savepoint} /></span>;
  return <span class="transaction">┏ begins <Where place={row.transaction} /></span>;
}

/** The group that a step enters from another one, or "". */
function crossed(model: Model, rows: Row[], row: Row): string {
  if (row.parent < 0 || row.step.what === "outside") return "";
  const from = model.groupOf({ kind: "function", number: rows[row.parent].step.target });
  const to = model.groupOf({ kind: row.step.what === "call" ? "function" : "table", number: row.step.target });
  return from >= 0 && to >= 0 && from !== to ? model.document.groups.name[to] : "";
}
