// Who needs whom, in an order in which only rings point to the right of the diagonal; the matrix is its own table twin.

import { useMemo } from "preact/hooks";
import type { Model } from "../data/model";
import { partitioned, type Matrix as Partitioned } from "../graph/partition";
import { counted, figure, Go, isolated, NodeLink, Nothing, Tag } from "../parts/basics";
import { Grid } from "../parts/grid";
import { go, place } from "../place/store";

const MOST = 120;

export function Matrix({ model }: { model: Model }) {
  const { inside, list } = place.value;
  const group = model.document.groups.name.indexOf(inside);
  const matrix = useMemo(() => matrixOf(model, group), [model, group]);
  const kind = group < 0 ? "group" as const : "module" as const;
  const rings = new Set(matrix.ring.filter((ring) => ring >= 0)).size;
  const shown = matrix.items.slice(0, MOST);
  return (
    <div class="page wide">
      <p class="tools">
        <button type="button" aria-pressed={list} onClick={() => go({ list: !list })}>As a list</button>
        {group >= 0 && <Go to={{ inside: "" }} class="button">All groups</Go>}
        <span>{group < 0 ? "Groups" : <>Modules of <b>{isolated(inside)}</b></>}: each row needs what its cells count. What is needed stands above what needs it;
          {rings ? ` ${counted(rings, "ring")} of things that need each other, marked ↻, ${rings === 1 ? "is" : "are"} what stands right of the diagonal.` : " nothing needs each other."}</span>
      </p>
      {list ? <Pairs model={model} matrix={matrix} kind={kind} /> : <>
      {matrix.items.length > MOST && <Nothing>The first {MOST} of {figure(matrix.items.length)} are shown.</Nothing>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Dependency matrix">
        <table class="matrix" aria-label="Who needs whom">
          <thead><tr><td />{shown.map((item, column) => <th scope="col" class="upright"><span title={model.nameOf({ kind, number: item })}>{column + 1}</span></th>)}</tr></thead>
          <tbody>{shown.map((item, row) => (
            <tr><th scope="row"><span class="soft">{row + 1}</span> {matrix.ring[row] >= 0 && <span title="in a ring">↻ </span>}
              {kind === "group" ? <Go to={{ inside: model.nameOf({ kind, number: item }) }}><code>{isolated(model.nameOf({ kind, number: item }))}</code></Go> : <NodeLink model={model} node={{ kind, number: item }} />}</th>
              {shown.map((_, column) => <MatrixCell matrix={matrix} row={row} column={column} />)}</tr>))}</tbody>
        </table>
      </div></>}
    </div>
  );
}

/** The filled cells of the matrix, one by one. */
function Pairs({ model, matrix, kind }: { model: Model; matrix: Partitioned; kind: "group" | "module" }) {
  const rows = [...matrix.cells].map(([key, count]) => {
    const [row, column] = key.split(" ").map(Number);
    return { from: matrix.items[row], to: matrix.items[column], count, backwards: column > row };
  });
  const name = (number: number) => model.nameOf({ kind, number });
  return <Grid label="Who needs whom, pair by pair" rows={rows} columns={[
    { name: "From", by: ({ from }) => name(from), cell: ({ from }) => <NodeLink model={model} node={{ kind, number: from }} /> },
    { name: "Needs", by: ({ to }) => name(to), cell: ({ to }) => <NodeLink model={model} node={{ kind, number: to }} /> },
    { name: "Times", number: true, by: ({ count }) => count, cell: ({ count }) => figure(count) },
    { name: "Ring", by: ({ backwards }) => Number(backwards), cell: ({ backwards }) => backwards && <Tag kind="write">↻ closes a ring</Tag> },
  ]} />;
}

function MatrixCell({ matrix, row, column }: { matrix: Partitioned; row: number; column: number }) {
  if (row === column) return <td class="diagonal" />;
  const count = matrix.cells.get(`${row} ${column}`);
  const ring = matrix.ring[row] >= 0 && matrix.ring[row] === matrix.ring[column];
  return <td class={`${count ? "filled" : ""} ${ring ? "ring" : ""}`}>{count ? figure(count) : ""}</td>;
}

/** Between groups, or between the modules of one; foreign keys do not count. */
function matrixOf(model: Model, group: number): Partitioned {
  const needs = new Map<number, Map<number, number>>();
  const { modules } = model.document;
  for (const edge of model.edges) {
    if (edge.kind === "references" || (group >= 0 && edge.kind !== "depends")) continue;
    const from = model.groupOf(model.end(edge.source)), to = model.groupOf(model.end(edge.target));
    if (group >= 0 && (from !== group || to !== group)) continue;
    const [source, target] = group < 0 ? [from, to] : [edge.source, edge.target];
    const targets = needs.get(source) ?? new Map<number, number>();
    needs.set(source, targets.set(target, (targets.get(target) ?? 0) + edge.count));
  }
  const items = group < 0 ? [...model.document.groups.name.keys()] : [...modules.name.keys()].filter((module) => modules.group[module] === group);
  return partitioned(items, needs);
}
