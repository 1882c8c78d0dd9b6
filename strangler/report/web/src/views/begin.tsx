// Where one could begin: the apps that would be cheapest to take out, and what the declared services cost.

import { useMemo } from "preact/hooks";
import { KINDS, type Kind } from "../cut/crossings";
import { Drafts } from "../cut/drafts";
import { REST } from "../cut/shares";
import type { Model } from "../data/model";
import { counted, figure, Go, isolated, Nothing } from "../parts/basics";
import { serviceFor, useCosts, type Cost } from "./apart";

const FEW = 4;

/** What weighs most first: what must change together, then what must be read, then what is called. */
const WEIGHTS: readonly { kinds: readonly Kind[]; noun: string }[] = [
  { kinds: ["transaction", "writers", "write"], noun: "shared write" },
  { kinds: ["join", "read", "foreign-key"], noun: "shared read" },
  { kinds: ["call"], noun: "call" },
];

export function Begin({ model }: { model: Model }) {
  const drafts = useMemo(() => new Drafts(model), [model]);
  const costs = useCosts(drafts), { counts, owners } = drafts.declared.drawn;
  const declared = owners.services.filter((service) => service !== REST);
  const { group } = model.document.modules;
  // What has no code of its own, such as the tables of a library, is nothing one could take out.
  const cheapest = costs && costs.filter((cost) => group.includes(cost.group)).sort((a, b) => order(weights(a.more), weights(b.more)) || (a.name < b.name ? -1 : 1)).slice(0, FEW);
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

function weights(counts: readonly number[]): number[] {
  return WEIGHTS.map(({ kinds }) => kinds.reduce((sum, kind) => sum + counts[KINDS.indexOf(kind)], 0));
}

function said(counts: readonly number[]): string {
  const found = weights(counts);
  return found.every((count) => count === 0) ? "nothing would cross" : WEIGHTS.map(({ noun }, index) => figure(found[index]) + ` ${noun}${found[index] === 1 ? "" : "s"}`).join(", ");
}

function order(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at] - b[at];
}
