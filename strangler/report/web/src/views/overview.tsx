import type { Model } from "../data/model";
import { counted, figure, Go, isolated, NodeLink, Nothing, Where } from "../parts/basics";
import { Change } from "../parts/change";
import { Grid } from "../parts/grid";
import type { Place } from "../place/place";
import { Begin } from "./begin";
import { SmallMap } from "./small_map";

export function Overview({ model }: { model: Model }) {
  const { summary, comparison } = model.document, { size } = summary;
  return (
    <div class="page">
      <p class="lead">
        {indefinite(frameworks(summary.frameworks))} monolith of {counted(size.lines, "line")} in {counted(size.modules, "module")}
        {" "}that answers {counted(model.count("route"), "route")} from {counted(summary.tables[0], "table")}.
        <span class="soft"> Tests ({counted(size.test_modules, "module")}) and migrations ({figure(size.migration_modules)}) are not counted{others(summary.tables)}.</span>
      </p>
      {comparison && <p><Go to={{ view: "findings" }} class="button">What has changed since {isolated(comparison.base)}: coupling <Change from={comparison.before} to={comparison.after} /></Go></p>}
      <section aria-label="Size" class="tiles">
        <Tile number={size.modules} noun="modules" to={{ view: "graph", list: true }} />
        <Tile number={size.functions} noun="functions" />
        <Tile number={model.count("route")} noun="routes" to={{ view: "routes" }} />
        <Tile number={model.count("entry")} noun="other entry points" to={{ view: "routes" }} />
        <Tile number={summary.tables[0]} noun="tables" to={{ view: "tables" }} />
        <Tile number={summary.shared.length} noun="with several writers" to={{ view: "tables", q: "shared" }} />
        <Tile number={summary.cycles.length} noun="import cycles" to={{ view: "findings" }} />
      </section>
      <div class="columns">
        <section aria-labelledby="worth"><h2 id="worth">{KNOWN[summary.findings.length] ?? "The"} things to know first</h2>
          {summary.findings.length
            ? <ol class="findings">{summary.findings.map((finding) => (
              <li><span>{isolated(finding.text)}</span> <span class="evidence"><Where place={finding.place} />
                {model.find(finding.node) && <Go to={target(finding.node)} label={`Show: ${finding.text}`}>Show</Go>}</span></li>))}</ol>
            : <Nothing>Nothing stands out.</Nothing>}
        </section>
        <div><SmallMap model={model} /><Begin model={model} /></div>
      </div>
      <section aria-labelledby="coverage"><h2 id="coverage">What became of every call</h2><Coverage ledger={summary.ledger} /></section>
      <section aria-labelledby="coupled"><h2 id="coupled">Most coupled modules</h2>
        <Grid label="Most coupled modules" rows={mostCoupled(model)} columns={[
          { name: "Module", by: (module) => model.document.modules.name[module], cell: (number) => <NodeLink model={model} node={{ kind: "module", number }} /> },
          { name: "Used by", number: true, by: (module) => model.document.modules.usedBy[module], cell: (module) => figure(model.document.modules.usedBy[module]) },
          { name: "Uses", number: true, by: (module) => model.document.modules.uses[module], cell: (module) => figure(model.document.modules.uses[module]) },
          { name: "Lines", number: true, by: (module) => model.document.modules.lines[module], cell: (module) => figure(model.document.modules.lines[module]) },
        ]} />
      </section>
    </div>
  );
}

/** Tables that are not the monolith's own. */
function others([, foreign, undeclared]: Model["document"]["summary"]["tables"]): string {
  return `${foreign ? `, nor ${counted(foreign, "table")} of installed packages` : ""}${undeclared ? `, nor ${counted(undeclared, "table")} that the code only names` : ""}`;
}

const KNOWN: Record<number, string> = { 1: "The one", 2: "The two", 3: "The three", 4: "The four", 5: "The five" };
const NAMES: Record<string, string> = { django: "Django", flask: "Flask", fastapi: "FastAPI", starlette: "Starlette", celery: "Celery", sqlalchemy: "SQLAlchemy" };

/** The frameworks as one speaks of them, those that answer requests first. */
function frameworks(found: readonly string[]): string {
  const known = Object.keys(NAMES), order = [...found].sort((a, b) => known.indexOf(a) - known.indexOf(b));
  const names = order.map((name) => NAMES[name] ?? name);
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0] ?? "Python";
}

function indefinite(name: string): string {
  return `${/^[aeiou]/i.test(name) || name.startsWith("SQL") ? "An" : "A"} ${name}`;
}

function target(node: string): Partial<Place> {
  if (node.startsWith("route:")) return { view: "routes", at: node };
  return node.startsWith("table:") ? { view: "tables", sel: node } : { view: "graph", sel: node };
}

function Tile({ number, noun, to }: { number: number; noun: string; to?: Partial<Place> }) {
  const content = <><b>{figure(number)}</b><span>{noun}</span></>;
  return to ? <Go to={to} class="tile">{content}</Go> : <div class="tile">{content}</div>;
}

const PARTS = [
  ["resolved", "linked to code of the system"], ["external", "go to packages outside"], ["builtin", "Python's own"],
  ["ambiguous", "several candidates, none taken"], ["opaque", "nothing known of the target"],
] as const;

function Coverage({ ledger }: { ledger: Model["document"]["summary"]["ledger"] }) {
  if (!ledger.total) return <Nothing>No calls.</Nothing>;
  return (
    <div class="coverage">
      <div class="bar" aria-hidden="true">{PARTS.map(([name], index) => <span class={`part${index}`} style={{ width: `${(100 * ledger[name]) / ledger.total}%` }} />)}</div>
      <ul class="legend">{PARTS.map(([name, text], index) => (
        <li><i class={`part${index}`} aria-hidden="true" /><b>{name}</b> {figure(ledger[name])} ({((100 * ledger[name]) / ledger.total).toFixed(1)} %) <span class="soft">{text}</span></li>))}</ul>
    </div>
  );
}

function mostCoupled(model: Model): number[] {
  const { name, usedBy, uses } = model.document.modules;
  return name.map((_, index) => index).sort((a, b) => usedBy[b] + uses[b] - usedBy[a] - uses[a] || a - b).slice(0, 12);
}
