// What has changed since an earlier analysis: what is new, what is gone, which apps hang together more or less.

import type { ChangedEdges, Comparison } from "../data/document";
import type { Model } from "../data/model";
import { counted, figure, isolated, Named, Nothing, Tag, Where } from "../parts/basics";
import { Change } from "../parts/change";
import { Fold } from "../parts/fold";
import { Grid } from "../parts/grid";

const FEW = 60;

export function Changes({ model, comparison }: { model: Model; comparison: Comparison }) {
  const { base, before, after, coupling, counts: [newNodes, goneNodes, newEdges, goneEdges] } = comparison;
  return (
    <>
      <section aria-labelledby="since"><h2 id="since">Since {isolated(base)}</h2>
        <p class="lead">{figure(newEdges)} {newEdges === 1 ? "dependency is" : "dependencies are"} new and {figure(goneEdges)} gone, {counted(newNodes, "new part")} and {figure(goneNodes)} gone;
          between apps {figure(before)} → {figure(after)} imports and calls <Change from={before} to={after} />.</p>
        {coupling.source.length ? <Grid label="Apps that hang together more or less" portion={FEW} rows={[...coupling.source.keys()]} columns={[
          { name: "From", by: (row) => coupling.source[row], cell: (row) => isolated(coupling.source[row]) },
          { name: "To", by: (row) => coupling.target[row], cell: (row) => isolated(coupling.target[row]) },
          { name: "Before", number: true, by: (row) => coupling.before[row], cell: (row) => figure(coupling.before[row]) },
          { name: "Now", number: true, by: (row) => coupling.after[row], cell: (row) => figure(coupling.after[row]) },
          { name: "Change", number: true, by: (row) => coupling.after[row] - coupling.before[row], cell: (row) => <Change from={coupling.before[row]} to={coupling.after[row]} /> },
        ]} /> : <Nothing>No two apps hang together more or less than before.</Nothing>}
      </section>
      <section aria-labelledby="new-edges"><h2 id="new-edges">New dependencies ({figure(newEdges)})</h2><Edges model={model} label="New dependencies" edges={comparison.newEdges} /></section>
      <section aria-labelledby="gone-edges"><h2 id="gone-edges">Dependencies that are gone ({figure(goneEdges)})</h2><Edges model={model} label="Dependencies that are gone" edges={comparison.goneEdges} /></section>
      {newNodes + goneNodes > 0 && <section aria-labelledby="parts"><h2 id="parts">Parts</h2>
        <Parts model={model} title="New" ids={comparison.newNodes} all={newNodes} /><Parts model={model} title="Gone" ids={comparison.goneNodes} all={goneNodes} /></section>}
    </>
  );
}

function Edges({ model, label, edges }: { model: Model; label: string; edges: ChangedEdges }) {
  if (!edges.kind.length) return <Nothing>None.</Nothing>;
  return <Grid label={label} portion={FEW} rows={[...edges.kind.keys()]} columns={[
    { name: "Kind", by: (row) => edges.kind[row], cell: (row) => <Tag>{edges.kind[row]}</Tag> },
    { name: "From", by: (row) => edges.source[row], cell: (row) => <Named model={model} id={edges.source[row]} name={edges.source[row]} /> },
    { name: "To", by: (row) => edges.target[row], cell: (row) => <Named model={model} id={edges.target[row]} name={edges.target[row]} /> },
    { name: "Where", by: (row) => edges.place[row], cell: (row) => <Where place={edges.place[row]} /> },
  ]} />;
}

function Parts({ model, title, ids, all }: { model: Model; title: string; ids: string[]; all: number }) {
  if (!all) return null;
  return <Fold name={title} open={ids.length <= FEW} summary={`${title} (${figure(all)})`}><p class="members">{ids.slice(0, 500).map((id) => <Named model={model} id={id} name={id} />)}{all > 500 && <span class="soft">and {figure(all - 500)} more</span>}</p></Fold>;
}
