// Everything that crosses, with its place and what to do about it.

import { KINDS, type Crossing, type Drawn } from "../cut/crossings";
import { placeOf, remedy } from "../cut/remedies";
import type { Model } from "../data/model";
import { counted, figure, isolated, NodeLink, Nothing, Tag, Where } from "../parts/basics";
import { Grid } from "../parts/grid";
import { Long } from "../parts/long";
import { go, place } from "../place/store";

const MOST = 5;
const FEW = 40;

export function Crossings({ model, drawn: { owners, crossings } }: { model: Model; drawn: Drawn }) {
  const { q } = place.value;
  if (!crossings.length) return <Nothing>Nothing.</Nothing>;
  const counts = KINDS.map((kind) => crossings.filter((crossing) => crossing.kind === kind).length);
  const rows = q ? crossings.filter(({ kind }) => kind === q) : crossings;
  const from = ({ source, targets }: Crossing) => `${owners.services[source]} → ${targets.map((target) => owners.services[target]).join(", ")}`;
  return (
    <>
      <div class="tools" role="group" aria-label="Kinds of crossings"><button type="button" aria-pressed={!q} onClick={() => go({ q: "" }, true)}>all {figure(crossings.length)}</button>
        {KINDS.map((kind, index) => counts[index] > 0 && <button type="button" aria-pressed={q === kind} onClick={() => go({ q: q === kind ? "" : kind }, true)}>{kind} {figure(counts[index])}</button>)}</div>
      <Grid label="What crosses" rows={rows} portion={FEW} columns={[
        { name: "Kind", by: ({ kind }) => KINDS.indexOf(kind), cell: ({ kind }) => <Tag>{kind}</Tag> },
        { name: "From", by: from, cell: (row) => isolated(from(row)) },
        { name: "What", by: (row) => placeOf(model, row), cell: (row) => <What model={model} crossing={row} /> },
        { name: "What to do", by: (row) => remedy(model, owners, row), cell: (row) => <Long name={`remedy ${crossings.indexOf(row)}`} text={remedy(model, owners, row)} /> },
      ]} />
    </>
  );
}

function What({ model, crossing }: { model: Model; crossing: Crossing }) {
  const { fn, callee, tables, key } = crossing;
  return (
    <>{fn >= 0 && <NodeLink model={model} node={{ kind: "function", number: fn }} />}
      {callee >= 0 && <> calls <NodeLink model={model} node={{ kind: "function", number: callee }} /></>}
      {tables.slice(0, MOST).map((table, index) => <>{" "}{key >= 0 && index > 0 && "→ "}<NodeLink model={model} node={{ kind: "table", number: table }} /></>)}{tables.length > MOST && <span class="soft"> and {counted(tables.length - MOST, "table")} more</span>}{" "}
      <Where place={placeOf(model, crossing)} /></>
  );
}
