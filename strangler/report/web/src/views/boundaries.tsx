// What it would cost to cut the declared services out of the rest, and why: everything that crosses, with what to do about it.

import type { Cut } from "../data/document";
import type { Model } from "../data/model";
import { counted, figure, isolated, NodeLink, Nothing, Tag, Where } from "../parts/basics";
import { Grid } from "../parts/grid";
import { go, place } from "../place/store";

export function Boundaries({ model }: { model: Model }) {
  const { cut, services } = model.document;
  if (!cut) {
    return <div class="page"><Nothing>No service with tables is declared. Declare one under [services.NAME] in strangler.toml, with its modules and tables, and analyse
      again; <code>strangler suggest</code> proposes some.</Nothing></div>;
  }
  return (
    <div class="page">
      <p class="lead">To cut {services.name.map((name, index) => <>{index > 0 && ", "}<b>{isolated(name)}</b> ({counted(services.tables[index].length, "table")})</>)} out of the rest,
        this is what crosses. <span class="soft">By chance: the mean of cuts of the same sizes through other tables.</span></p>
      <section aria-labelledby="terms"><h2 id="terms">The cut, term by term</h2><Terms cut={cut} /></section>
      <section aria-labelledby="crossings"><h2 id="crossings">What crosses</h2><Crossings model={model} cut={cut} /></section>
      <section aria-labelledby="hops"><h2 id="hops">Requests that would need another service ({cut.hops.route.length})</h2>
        {cut.hops.route.length ? <Grid label="Requests that would need another service" rows={[...cut.hops.route.keys()]} columns={[
          { name: "Request", by: (row) => cut.hops.route[row], cell: (row) => <RouteCell model={model} name={cut.hops.route[row]} /> },
          { name: "Other services", number: true, by: (row) => cut.hops.count[row], cell: (row) => cut.hops.count[row] },
        ]} /> : <Nothing>None.</Nothing>}</section>
    </div>
  );
}

function Terms({ cut }: { cut: Cut }) {
  const { name, count, expected } = cut.terms;
  const most = Math.max(1, ...count, ...expected);
  return (
    <table class="terms" aria-label="The cut, term by term">
      <thead><tr><th scope="col">Term</th><th scope="col" class="number">Here</th><th scope="col" class="number">By chance</th><th scope="col">Beside each other</th></tr></thead>
      <tbody>{name.map((term, index) => (
        <tr><th scope="row">{term}</th><td class="number"><b>{figure(count[index])}</b></td><td class="number">{expected[index].toFixed(1)}</td>
          <td><div class="beside" aria-hidden="true"><span style={{ width: `${(100 * count[index]) / most}%` }} /><i style={{ left: `${(100 * expected[index]) / most}%` }} /></div></td></tr>))}</tbody>
    </table>
  );
}

function Crossings({ model, cut }: { model: Model; cut: Cut }) {
  const { crossings } = cut, { q } = place.value;
  const kinds = [...new Set(crossings.kind)].map((kind) => model.string(kind));
  const rows = [...crossings.kind.keys()].filter((row) => !q || model.string(crossings.kind[row]) === q);
  return (
    <>
      <div class="tools" role="group" aria-label="Kinds of crossings"><button type="button" aria-pressed={!q} onClick={() => go({ q: "" }, true)}>all {figure(crossings.kind.length)}</button>
        {kinds.map((kind) => <button type="button" aria-pressed={q === kind} onClick={() => go({ q: q === kind ? "" : kind }, true)}>{kind} {figure(crossings.kind.filter((other) => model.string(other) === kind).length)}</button>)}</div>
      <Grid label="What crosses" rows={rows} main columns={[
        { name: "Kind", by: (row) => model.string(crossings.kind[row]), cell: (row) => <Tag>{model.string(crossings.kind[row])}</Tag> },
        { name: "From", by: (row) => model.string(crossings.source[row]), cell: (row) => <>{isolated(model.string(crossings.source[row]))} → {isolated(crossings.targets[row].join(", "))}</> },
        { name: "What", by: (row) => crossings.subject[row], cell: (row) => <What model={model} cut={cut} row={row} /> },
        { name: "What to do", by: (row) => crossings.remedy[row], cell: (row) => isolated(crossings.remedy[row]) },
      ]} />
    </>
  );
}

function What({ model, cut, row }: { model: Model; cut: Cut; row: number }) {
  const { crossings } = cut;
  const fn = model.find(`function:${model.string(crossings.function[row])}`);
  return (
    <>{fn ? <NodeLink model={model} node={fn} /> : <code>{isolated(crossings.subject[row])}</code>}{" "}
      {crossings.tables[row].map((name) => {
        const table = model.find(`table:${name}`);
        return <>{table ? <NodeLink model={model} node={table} /> : <code>{isolated(name)}</code>} </>;
      })}<Where place={model.place(crossings.file[row], crossings.line[row])} /></>
  );
}

function RouteCell({ model, name }: { model: Model; name: string }) {
  const route = model.find(`route:${name}`);
  return route ? <NodeLink model={model} node={route} /> : <code>{isolated(name)}</code>;
}
