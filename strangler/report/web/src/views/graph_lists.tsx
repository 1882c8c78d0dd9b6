// The table twin of the map: the same facts as lists.

import type { Model } from "../data/model";
import type { Bundled } from "../graph/bundles";
import { figure, Named, NodeLink, Nothing, Where } from "../parts/basics";
import { Grid } from "../parts/grid";
import type { Asked } from "./asked";

export function GraphLists({ model, bundles, asked }: { model: Model; bundles: Bundled; asked: Asked }) {
  const { modules, tables, groups } = model.document;
  const between = bundles.between.filter((bundle) => asked.kinds.has(bundle.kind));
  const { found, left } = asked.find, wanted = found ?? left;
  const nodes = [...Array(model.moduleCount + model.tableCount).keys()].filter((number) => !wanted || wanted.has(number));
  const name = (number: number) => model.nameOf(model.end(number));
  const group = (number: number) => groups.name[model.groupOf(model.end(number))];
  return (
    <div class="page">
      {asked.path && <section><h2>Path</h2>{asked.path.length ? <Grid label="Path" rows={asked.path} columns={[
        { name: "From", cell: (edge) => <NodeLink model={model} node={model.end(edge.source)} /> },
        { name: "How", cell: (edge) => edge.kind },
        { name: "To", cell: (edge) => <NodeLink model={model} node={model.end(edge.target)} /> },
        { name: "Where", cell: (edge) => <Where place={edge.place} /> },
      ]} /> : <Nothing>Both are the same.</Nothing>}</section>}
      {asked.impacted && <section><h2>Reached</h2><Grid label="Reached" rows={[...asked.impacted].filter(([, distance]) => distance > 0)} columns={[
        { name: "Module or table", by: ([number]) => name(number), cell: ([number]) => <NodeLink model={model} node={model.end(number)} /> },
        { name: "Group", by: ([number]) => group(number), cell: ([number]) => <Named model={model} id={`group:${group(number)}`} /> },
        { name: "Steps away", number: true, by: ([, distance]) => distance, cell: ([, distance]) => distance },
      ]} /></section>}
      <section><h2>Between groups</h2><Grid label="Between groups" rows={between} columns={[
        { name: "From", by: (row) => groups.name[row.from], cell: (row) => <NodeLink model={model} node={{ kind: "group", number: row.from }} /> },
        { name: "To", by: (row) => groups.name[row.to], cell: (row) => <NodeLink model={model} node={{ kind: "group", number: row.to }} /> },
        { name: "How", by: (row) => row.kind, cell: (row) => <span class={row.kind}>{row.kind}</span> },
        { name: "Times", number: true, by: (row) => row.count, cell: (row) => figure(row.count) },
        { name: "For instance", by: (row) => row.place, cell: (row) => <Where place={row.place} /> },
      ]} /></section>
      <section><h2>Modules and tables</h2><Grid label="Modules and tables" rows={nodes} columns={[
        { name: "Name", by: name, cell: (number) => <NodeLink model={model} node={model.end(number)} /> },
        { name: "Group", by: group, cell: (number) => <Named model={model} id={`group:${group(number)}`} /> },
        { name: "Lines", number: true, by: (number) => modules.lines[number] ?? 0, cell: (number) => (number < model.moduleCount ? figure(modules.lines[number]) : "") },
        { name: "Used by", number: true, by: (number) => model.edgesTo(number).length, cell: (number) => figure(model.edgesTo(number).length) },
        { name: "Uses", number: true, by: (number) => model.edgesFrom(number).length, cell: (number) => figure(model.edgesFrom(number).length) },
        { name: "Where", by: (number) => place(number), cell: (number) => <Where place={place(number)} /> },
      ]} /></section>
    </div>
  );

  function place(number: number): string {
    const table = number - model.moduleCount;
    return table < 0 ? model.place(modules.file[number], 1) : model.place(tables.file[table], tables.line[table]);
  }
}
