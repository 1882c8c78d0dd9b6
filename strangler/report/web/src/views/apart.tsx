// What each app would cost to take out by itself: where to begin.

import { useEffect, useState } from "preact/hooks";
import { KINDS, TERMS, type Kind } from "../cut/crossings";
import type { Drafts } from "../cut/drafts";
import { servicesOf, type Shares } from "../cut/shares";
import { move } from "../cut/what_if";
import type { Model } from "../data/model";
import { counted, figure, isolated, Nothing } from "../parts/basics";
import { Grid } from "../parts/grid";

export interface Cost {
  group: number;
  name: string;
  tables: number;
  /** How many more of each term there would be. */
  more: number[];
}

/** What weighs most first: what must change together, then what must be read, then what is called. */
export const WEIGHTS: readonly { kinds: readonly Kind[]; noun: string }[] = [
  { kinds: ["transaction", "writers", "write"], noun: "shared write" },
  { kinds: ["join", "read", "foreign-key"], noun: "shared read" },
  { kinds: ["call"], noun: "call" },
];

/** A few at a time, so that the page answers meanwhile. */
const PORTION = 4;

export function Apart({ drafts }: { drafts: Drafts }) {
  const costs = useCosts(drafts);
  const take = ({ name }: Cost) => {
    move(`group:${name}`, serviceFor(name, drafts.declared.shares));
    document.querySelector("main")?.scrollTo(0, 0); // what it costs stands above
  };
  if (!costs) return <section aria-busy="true"><h2>What each app would cost to take out by itself</h2><Nothing>Counting …</Nothing></section>;
  return (
    <section aria-labelledby="apart"><h2 id="apart">What each app would cost to take out by itself</h2>
      {costs.length ? <Grid label="What each app would cost to take out by itself" rows={costs} columns={[
        { name: "App", by: ({ name }) => name, cell: (cost) => <><button type="button" class="chip group" onClick={() => take(cost)}>Take out {isolated(cost.name)}</button> <span class="soft">{counted(cost.tables, "table")}</span></> },
        ...TERMS.map((term, index) => ({ name: term, number: true, by: (cost: Cost) => cost.more[index], cell: (cost: Cost) => figure(cost.more[index]) })),
      ]} /> : <Nothing>No app but one has tables.</Nothing>}
    </section>
  );
}

/** What each app would cost by itself, the cheapest first; null while that is counted. */
export function useCosts(drafts: Drafts): Cost[] | null {
  const [costs, setCosts] = useState<Cost[] | null>(null);
  useEffect(() => {
    const groups = candidates(drafts.model), found: Cost[] = [];
    let timer = 0;
    const next = () => {
      for (const group of groups.splice(0, PORTION)) found.push(costOf(drafts, group));
      if (groups.length) timer = setTimeout(next);
      else setCosts(found.sort((a, b) => order(weights(a.more), weights(b.more)) || (a.name < b.name ? -1 : 1)));
    };
    timer = setTimeout(next);
    return () => clearTimeout(timer);
  }, [drafts]);
  return costs;
}

/** Apps with tables and code, where there is something else to take them out of; the tables of a library have no code. */
export function candidates(model: Model): number[] {
  const { groups, tables, modules } = model.document, apps = new Set(modules.group);
  const found = [...new Set(tables.group)].filter((group) => !groups.service[group] && apps.has(group)).sort((a, b) => a - b);
  return found.length > 1 ? found : [];
}

/** How much would be shared, by weight. */
export function weights(counts: readonly number[]): number[] {
  return WEIGHTS.map(({ kinds }) => kinds.reduce((sum, kind) => sum + counts[KINDS.indexOf(kind)], 0));
}

function order(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at] - b[at];
}

function costOf(drafts: Drafts, group: number): Cost {
  const { model, declared } = drafts, name = model.document.groups.name[group];
  const { drawn } = drafts.with([{ node: { kind: "group", number: group }, service: serviceFor(name, declared.shares) }]);
  const tables = model.document.tables.group.filter((own) => own === group).length;
  return { group, name, tables, more: drawn.counts.map((count, term) => count - declared.drawn.counts[term]) };
}

/** A new service by the last part of an app's name. */
export function serviceFor(app: string, base: Shares): string {
  const plain = app.slice(app.lastIndexOf(".") + 1).toLowerCase().replace(/[^a-z0-9_]+/g, "_").replace(/^[^a-z]+/, "") || "service";
  const taken = new Set(servicesOf(base));
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
  return name;
}
