// Who reads and writes each table: one row a table, one column a group.

import { useEffect, useMemo } from "preact/hooks";
import { lastPart } from "../canvas/boxes";
import type { Model } from "../data/model";
import { counted, figure, Go, isolated, NodeLink, Nothing, Where } from "../parts/basics";
import { Grid, Head, sorted, useOrder, type Column } from "../parts/grid";
import { go, place } from "../place/store";

const LABEL = "Who reads and writes each table";

interface Use {
  reads: number;
  writes: number;
}

export interface Ownership {
  table: number;
  uses: Map<number, Use>;
  writers: number[];
}

export function ownership(model: Model): Ownership[] {
  const rows: Ownership[] = [...Array(model.tableCount).keys()].map((table) => ({ table, uses: new Map(), writers: [] }));
  for (const edge of model.edges) {
    if (edge.kind !== "reads" && edge.kind !== "writes") continue;
    const { uses } = rows[edge.target - model.moduleCount];
    const group = model.document.modules.group[edge.source];
    const use = uses.get(group) ?? { reads: 0, writes: 0 };
    use[edge.kind] += edge.count;
    uses.set(group, use);
  }
  for (const row of rows) row.writers = [...row.uses].filter(([, use]) => use.writes).map(([group]) => group).sort((a, b) => a - b);
  return rows;
}

export function Tables({ model }: { model: Model }) {
  const all = useMemo(() => ownership(model), [model]);
  const { q, sel } = place.value;
  const { name, group } = model.document.tables, groups = model.document.groups.name;
  const words = q.toLowerCase().split(/\s+/).filter((word) => word && word !== "shared");
  const sharedOnly = /\bshared\b/i.test(q);
  const found = all.filter((row) => (!sharedOnly || row.writers.length > 1) && words.every((word) => `${name[row.table]} ${groups[group[row.table]]}`.toLowerCase().includes(word)));
  const columns: Column<Ownership>[] = [
    { name: "Table", by: (row) => name[row.table], cell: () => null },
    { name: "Owner", by: (row) => groups[group[row.table]], cell: () => null },
    { name: "Writers", number: true, by: (row) => row.writers.length, cell: () => null },
  ];
  const { sort, change } = useOrder<Ownership>(LABEL, "-Writers");
  const rows = sorted(found, columns, sort);
  const used = usedGroups(rows);
  useEffect(() => document.querySelector(".ownership tr.here")?.scrollIntoView({ block: "center" }), [sel]);
  return (
    <div class="page wide">
      <div class="tools">
        <input type="search" aria-label="Narrow the tables" placeholder="Narrow the tables" value={q} onInput={(event) => go({ q: event.currentTarget.value }, true)} />
        <label><input type="checkbox" checked={sharedOnly} onChange={(event) => go({ q: event.currentTarget.checked ? `${q} shared`.trim() : q.replace(/\s*\bshared\b/i, "") }, true)} /> only those that several write</label>
        <span class="soft" role="status">{counts(model.document.summary.tables, found.length < all.length ? found.length : null)}</span>
        <span class="soft"><Key sign="W" kind="write" /> writes <Key sign="R" kind="read" /> reads <Key sign="⚠ W" kind="clash" /> one of several writers <span class="own-mark" aria-hidden="true" /> owner</span>
      </div>
      {!rows.length ? <Nothing>No table.</Nothing> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Ownership matrix">
          <table class="ownership" aria-label={LABEL}>
            <thead><tr>
              {columns.map((column) => <Head column={column} sort={sort} change={change} />)}
              {used.map((number) => <th scope="col" class="upright"><Go to={{ sel: model.idOf({ kind: "group", number }) }}><span title={groups[number]}>{isolated(groups[number].length > 18 ? lastPart(groups[number]) : groups[number])}</span></Go></th>)}
            </tr></thead>
            <tbody>{rows.slice(0, 400).map((row) => (
              <tr class={sel === `table:${name[row.table]}` ? "here" : ""}>
                <th scope="row"><NodeLink model={model} node={{ kind: "table", number: row.table }} /></th>
                <td><NodeLink model={model} node={{ kind: "group", number: group[row.table] }} /></td><td class="number">{row.writers.length > 1 ? `⚠ ${row.writers.length}` : row.writers.length}</td>
                {used.map((number) => <Cell use={row.uses.get(number)} own={group[row.table] === number} several={row.writers.length > 1} />)}
              </tr>))}</tbody>
          </table>
          {rows.length > 400 && <p class="soft note">and {figure(rows.length - 400)} more: narrow on</p>}
        </div>)}
      <Keys model={model} words={words} />
    </div>
  );
}

/** How many there are of each kind, or how many are left of all. */
function counts([own, foreign, undeclared]: Model["document"]["summary"]["tables"], left: number | null): string {
  const all = own + foreign + undeclared;
  if (left !== null) return `${figure(left)} of ${counted(all, "table")}`;
  return [counted(own, "table"), foreign && `${figure(foreign)} of installed packages`, undeclared && `${figure(undeclared)} only named`].filter(Boolean).join(", ");
}

/** Foreign keys, those that lead to a table of another owner marked. */
function Keys({ model, words }: { model: Model; words: string[] }) {
  const { keys, tables, groups, strings } = model.document, name = (table: number) => tables.name[table];
  const rows = [...keys.table.keys()].filter((key) => words.every((word) => `${name(keys.table[key])} ${name(keys.target[key])}`.toLowerCase().includes(word)));
  const crosses = (key: number) => tables.group[keys.table[key]] !== tables.group[keys.target[key]];
  return (
    <section aria-labelledby="keys"><h2 id="keys">Foreign keys ({figure(rows.length)})</h2>
      {rows.length ? <Grid label="Foreign keys" rows={rows} portion={60} columns={[
        { name: "Table", by: (key) => name(keys.table[key]), cell: (key) => <NodeLink model={model} node={{ kind: "table", number: keys.table[key] }} /> },
        { name: "Column", by: (key) => strings[keys.column[key]], cell: (key) => <code>{isolated(strings[keys.column[key]])}</code> },
        { name: "To", by: (key) => name(keys.target[key]), cell: (key) => <NodeLink model={model} node={{ kind: "table", number: keys.target[key] }} /> },
        { name: "Owners", by: (key) => Number(crosses(key)), cell: (key) => crosses(key) ? <span class="nowrap">⇄ {isolated(groups.name[tables.group[keys.table[key]]])} → {isolated(groups.name[tables.group[keys.target[key]]])}</span> : <span class="soft">the same</span> },
        { name: "Where", cell: (key) => <Where place={model.place(keys.file[key], keys.line[key])} /> },
      ]} /> : <Nothing>None.</Nothing>}
    </section>
  );
}

/** Groups that touch one of the tables, those that touch most first. */
function usedGroups(rows: Ownership[]): number[] {
  const counts = new Map<number, number>();
  for (const { uses } of rows) for (const group of uses.keys()) counts.set(group, (counts.get(group) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([group]) => group);
}

function Cell({ use, own, several }: { use: Use | undefined; own: boolean; several: boolean }) {
  const kind = use?.writes ? (several ? "clash" : "write") : use?.reads ? "read" : "";
  return (
    <td class={`use ${kind} ${own ? "own" : ""}`}>
      {use?.writes ? <span title={`${use.writes} writes`}>{several && !own ? "⚠" : ""}W<sub>{figure(use.writes)}</sub></span> : null}{" "}
      {use?.reads ? <span title={`${use.reads} reads`}>R<sub>{figure(use.reads)}</sub></span> : null}
    </td>
  );
}

function Key({ sign, kind }: { sign: string; kind: string }) {
  return <span class={`use key ${kind}`}>{sign}</span>;
}
