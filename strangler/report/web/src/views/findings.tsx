import type { Cycle } from "../data/document";
import type { Model } from "../data/model";
import { counted, figure, isolated, Named, NodeLink, Nothing, Tag, Where } from "../parts/basics";
import { Fold } from "../parts/fold";
import { Grid } from "../parts/grid";
import { Changes } from "./changes";
import { Violations } from "./violations";

export function Findings({ model }: { model: Model }) {
  const { summary, skipped, comparison, violations } = model.document;
  return (
    <div class="page">
      {comparison && <Changes model={model} comparison={comparison} />}
      <Violations violations={violations} />
      <section aria-labelledby="cycles"><h2 id="cycles">Import cycles ({summary.cycles.length})</h2>
        {!summary.cycles.length && <Nothing>None.</Nothing>}
        {summary.cycles.slice(0, 40).map((cycle, index) => <CycleCard model={model} cycle={cycle} number={index + 1} />)}
      </section>
      <section aria-labelledby="writers"><h2 id="writers">Tables written from several apps ({summary.shared.length})</h2>
        {summary.shared.length ? <Grid label="Tables written from several apps" rows={summary.shared} columns={[
          { name: "Table", by: (row) => model.document.tables.name[row.table], cell: (row) => <NodeLink model={model} node={{ kind: "table", number: row.table }} /> },
          { name: "Owner", by: (row) => row.owner, cell: (row) => row.owner ? <Named model={model} id={`group:${row.owner}`} /> : "no model" },
          { name: "Writers", number: true, by: (row) => row.writers.length, cell: (row) => row.writers.length },
          { name: "Written from", cell: (row) => <ul class="plain">{row.writers.map((writer) => <li><Named model={model} id={`group:${writer.app}`} /> ({figure(writer.count)}) <Where place={writer.place} /></li>)}</ul> },
        ]} /> : <Nothing>None.</Nothing>}
      </section>
      <section aria-labelledby="skipped"><h2 id="skipped">Not analysed ({skipped.file.length})</h2>
        {skipped.file.length ? <Grid label="Files that were not analysed" rows={skipped.file.map((file, index) => ({ file, reason: skipped.reason[index] }))} columns={[
          { name: "File", by: (row) => row.file, cell: (row) => <code>{isolated(row.file)}</code> },
          { name: "Reason", by: (row) => row.reason, cell: (row) => isolated(row.reason) },
        ]} /> : <Nothing>Everything was read.</Nothing>}
      </section>
    </div>
  );
}

/** Rings that are shown at once. */
const FEW = 3;

function CycleCard({ model, cycle, number }: { model: Model; cycle: Cycle; number: number }) {
  const ring = cycle.example.length > 6 ? [...cycle.example.slice(0, 5), "…"] : cycle.example;
  return (
    <Fold name={`cycle ${number}`} open={number <= FEW} summary={<>{counted(cycle.names.length, "module")}: <code>{isolated(ring.join(" → "))}</code>
      {cycle.deferred && <Tag>held by deferred imports only</Tag>}</>}>
      <p>Cheapest imports to undo, by the uses that would have to move:</p>
      <Grid label={`Cheapest imports to undo, ring ${number}`} rows={cycle.cheapest} columns={[
        { name: "Import", by: (row) => row.importer, cell: (row) => <><Named model={model} id={`module:${row.importer}`} /> → <Named model={model} id={`module:${row.imported}`} /></> },
        { name: "Uses", number: true, by: (row) => row.uses, cell: (row) => figure(row.uses) },
        { name: "Where", by: (row) => row.place, cell: (row) => <Where place={row.place} /> },
      ]} />
      <p class="members">{cycle.names.map((name) => <Named model={model} id={`module:${name}`} />)}</p>
    </Fold>
  );
}
