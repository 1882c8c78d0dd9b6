// Where one could begin: the apps that would be cheapest to take out, and what the declared services cost.

import { useMemo } from "preact/hooks";
import { Drafts } from "../cut/drafts";
import { REST } from "../cut/shares";
import type { Model } from "../data/model";
import { counted, Go, isolated, Nothing } from "../parts/basics";
import { serviceFor, useCosts, WEIGHTS, weights, type Cost } from "./apart";

const FEW = 4;

export function Begin({ model }: { model: Model }) {
  const drafts = useMemo(() => new Drafts(model), [model]);
  const costs = useCosts(drafts), { counts, owners } = drafts.declared.drawn;
  const declared = owners.services.filter((service) => service !== REST);
  const cheapest = costs?.slice(0, FEW);
  return (
    <section aria-labelledby="begin" aria-busy={costs ? undefined : "true"}><h2 id="begin">Where to begin</h2>
      {declared.length > 0 && <p>Declared: <Go to={{ view: "boundaries" }}><b>{isolated(declared.join(", "))}</b></Go> <span class="soft">{said(counts)}</span></p>}
      {!cheapest ? <Nothing>Counting …</Nothing> : !cheapest.length ? <Nothing>No app but one has tables.</Nothing> : <>
        <ol class="begin" aria-label="Apps that are cheapest to take out">{cheapest.map((cost) => <li><App drafts={drafts} cost={cost} /></li>)}</ol>
        <p class="soft">By what would cross. How vital each is: <code>strangler suggest --first</code></p></>}
    </section>
  );
}

function App({ drafts, cost: { name, tables, more } }: { drafts: Drafts; cost: Cost }) {
  const service = serviceFor(name, drafts.declared.shares);
  return <><Go to={{ view: "boundaries", move: [`group:${name}>${service}`] }} label={`Try to take out ${name}`}>{isolated(name)}</Go> <span class="soft">{counted(tables, "table")}: {said(more)}</span></>;
}

function said(counts: readonly number[]): string {
  const found = weights(counts);
  return found.every((count) => count === 0) ? "nothing would cross" : WEIGHTS.map(({ noun }, index) => counted(found[index], noun).replaceAll(" ", "\u00a0")).join(", ");
}
