// How far the routes of each declared service are, as strangler.toml says; what only running programs know says how to ask them.

import type { Phase } from "../data/document";
import type { Model } from "../data/model";
import { looks } from "../live/stream";
import { counted, isolated, Named, Nothing, Tag } from "../parts/basics";
import { Grid } from "../parts/grid";
import { Decisions } from "./decisions";
import { Live } from "./live";
import { Steps } from "./steps";

const PHASES: readonly { phase: Phase; sign: string }[] = [
  { phase: "monolith", sign: "○" }, { phase: "shadow", sign: "◌" }, { phase: "canary", sign: "◐" }, { phase: "v2", sign: "●" }, { phase: "rolled back", sign: "↩" },
];

export function Migration({ model }: { model: Model }) {
  const { services } = model.document;
  if (!services.name.length) {
    return <div class="page"><Live model={model} /><Nothing>No service is declared. Declare one under [services.NAME] in strangler.toml, with its modules, tables and routes; <code>strangler init</code> writes
      a first file.</Nothing></div>;
  }
  return <div class="page"><Live model={model} />{services.name.map((_, number) => <Service model={model} number={number} />)}<Decisions model={model} /></div>;
}

function Service({ model, number }: { model: Model; number: number }) {
  const { services, rules } = model.document;
  const own = [...rules.service.keys()].filter((rule) => rules.service[rule] === number);
  const name = services.name[number];
  return (
    <section aria-label={name}>
      <h2>◆ {isolated(name)}</h2>
      <p class="soft">{counted(services.modules[number].length, "module")}, {counted(services.tables[number].length, "table")}: {services.tables[number].map((table) => <><Named model={model} id={`table:${table}`} /> </>)}</p>
      <ol class="phases" aria-label="Routes by phase">{PHASES.map(({ phase, sign }) => {
        const count = own.filter((rule) => rules.phase[rule] === phase).length;
        return <li class={count ? "some" : ""}><b>{count}</b> <span><span aria-hidden="true">{sign}</span> {phase}</span></li>;
      })}</ol>
      <h3>Steps</h3>
      <Steps model={model} service={name} />
      <h3>Routes</h3>
      {own.length ? <Grid label={`Routes of ${name}`} rows={own} columns={[
        { name: "Route", by: (rule) => rules.path[rule], cell: (rule) => <><span class="method">{rules.methods[rule].join(" ") || "any"}</span> <code>{isolated(rules.path[rule])}</code></> },
        { name: "Phase", by: (rule) => rules.phase[rule], cell: (rule) => <Tag>{PHASES.find(({ phase }) => phase === rules.phase[rule])?.sign} {rules.phase[rule]}</Tag> },
        { name: "To v2", number: true, by: (rule) => rules.share[rule], cell: (rule) => `${rules.share[rule]} %` },
        { name: "Copied", number: true, by: (rule) => rules.shadow[rule], cell: (rule) => `${rules.shadow[rule]} %` },
      ]} /> : <Nothing>No route is given to it: add [[routes]] with service = "{isolated(name)}".</Nothing>}
      {looks.value.length === 0 && <p class="soft">Shares are those of strangler.toml. Traffic, errors and differences of answers: <code>strangler gateway status</code>, or this page at <code>/report</code> on the admin listener of the gateway.</p>}
    </section>
  );
}
