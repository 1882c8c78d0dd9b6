// Where one could begin: the parts that `strangler suggest --first` ranks first, and what the declared services cost.

import { useMemo } from "preact/hooks";
import { Drafts } from "../cut/drafts";
import { REST } from "../cut/shares";
import type { Model } from "../data/model";
import { counted, Go, isolated, Nothing } from "../parts/basics";
import { serviceFor } from "./apart";

const FEW = 4;

export function Begin({ model }: { model: Model }) {
  const drafts = useMemo(() => new Drafts(model), [model]);
  const { crossings, owners } = drafts.declared.drawn, { beginning } = model.document;
  const declared = owners.services.filter((service) => service !== REST);
  return (
    <section aria-labelledby="begin"><h2 id="begin">Where to begin</h2>
      {declared.length > 0 && <p>Declared: <Go to={{ view: "boundaries" }}><b>{isolated(declared.join(", "))}</b></Go> <span class="soft">{counted(crossings.length, "crossing")}</span></p>}
      {!beginning ? <Nothing>A system of this size is not weighed by <code>strangler analyze</code>: <code>strangler report</code> does it, and <code>strangler suggest --first</code>.</Nothing>
        : !beginning.name.length ? <Nothing>No part is smaller than half of the tables.</Nothing>
        : <Parts drafts={drafts} beginning={beginning} />}
    </section>
  );
}

type Beginning = NonNullable<Model["document"]["beginning"]>;

function Parts({ drafts, beginning }: { drafts: Drafts; beginning: Beginning }) {
  const all = [...beginning.name.keys()], vital = all.filter((part) => beginning.vital[part].length);
  const first = all.filter((part) => !beginning.vital[part].length).slice(0, FEW);
  return (
    <>
      {first.length ? <ol class="begin" aria-label="Parts to take out first">{first.map((part) => <li><Part drafts={drafts} beginning={beginning} part={part} /></li>)}</ol>
        : <Nothing>Every part is vital.</Nothing>}
      {vital.length > 0 && <p class="soft">Not first: {vital.slice(0, FEW).map((part, index) => <>{index > 0 && "; "}{isolated(beginning.name[part])} ({beginning.vital[part].join(", ")})</>)}{vital.length > FEW && ` and ${vital.length - FEW} more`}.</p>}
      <p class="soft">By <code>strangler suggest --first</code>, which says why</p>
    </>
  );
}

function Part({ drafts, beginning, part }: { drafts: Drafts; beginning: Beginning; part: number }) {
  const name = beginning.name[part], tables = beginning.tables[part], service = serviceFor(name, drafts.declared.shares);
  const owners = new Set(tables.map((table) => drafts.declared.shares.tables.get(table))), [owner] = owners;
  const declared = owners.size === 1 && owner && owner !== REST;
  const move = declared ? [] : tables.map((table) => `table:${drafts.model.document.tables.name[table]}>${service}`);
  const said = [counted(tables.length, "table"), counted(beginning.routes[part], "route"), counted(beginning.crossings[part], "crossing")];
  if (declared) said.push(`declared as ${owner}`);
  return <><Go to={{ view: "boundaries", move }} label={declared ? `See what crosses the boundary of ${name}` : `Try to take out ${name}`}>{isolated(name)}</Go> <span class="soft">{said.map((text) => text.replaceAll(" ", "\u00a0")).join(", ")}</span></>;
}
