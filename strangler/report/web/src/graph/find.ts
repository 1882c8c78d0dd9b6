// An expression that finds and hides modules and tables: "orders -test lines>300 writes:orders_order".

import type { Edge, Model } from "../data/model";

export interface Found {
  /** What every term finds that is not negated; null where all are, or there is none. */
  found: Set<number> | null;
  /** What is left when the negated terms have hidden what they find; null where nothing is hidden. */
  left: Set<number> | null;
  /** Terms that mean nothing. */
  unknown: string[];
}

type Test = (number: number) => boolean;

/** What the terms before a colon ask of a module or table; the rest of the term is a part of a name. */
const FILTERS: Record<string, (model: Model, text: string) => Test> = {
  module: (model, text) => (number) => number < model.moduleCount && named(model, number, text),
  table: (model, text) => (number) => number >= model.moduleCount && named(model, number, text),
  app: (model, text) => (number) => model.document.groups.name[model.groupOf(model.end(number))].toLowerCase().includes(text),
  needs: (model, text) => (number) => model.edgesFrom(number).some((edge) => named(model, edge.target, text)),
  neededby: (model, text) => (number) => model.edgesTo(number).some((edge) => named(model, edge.source, text)),
  reads: (model, text) => of(model, "reads", text),
  writes: (model, text) => of(model, "writes", text),
};
export const FILTER_NAMES = Object.keys(FILTERS);

export function find(model: Model, expression: string): Found {
  const all = [...Array(model.moduleCount + model.tableCount).keys()];
  const wanted: Test[] = [], hidden: Test[] = [], unknown: string[] = [];
  for (const term of expression.toLowerCase().split(/\s+/).filter(Boolean)) {
    const isHiding = term.startsWith("-"), made = test(model, isHiding ? term.slice(1) : term);
    if (!made) unknown.push(term);
    else (isHiding ? hidden : wanted).push(made);
  }
  const left = hidden.length ? new Set(all.filter((number) => !hidden.some((is) => is(number)))) : null;
  const found = wanted.length ? new Set(all.filter((number) => (!left || left.has(number)) && wanted.every((is) => is(number)))) : null;
  return { found, left, unknown };
}

function test(model: Model, term: string): Test | null {
  const lines = /^lines([<>])(\d+)$/.exec(term);
  if (lines) {
    const { modules } = model.document, most = Number(lines[2]);
    return (number) => number < model.moduleCount && (lines[1] === ">" ? modules.lines[number] > most : modules.lines[number] < most);
  }
  const [, filter, text] = /^([a-z]+):(.+)$/.exec(term) ?? [];
  if (filter) return FILTERS[filter]?.(model, text) ?? null;
  return term ? (number) => named(model, number, term) : null;
}

function named(model: Model, number: number, text: string): boolean {
  return model.nameOf(model.end(number)).toLowerCase().includes(text);
}

function of(model: Model, kind: Edge["kind"], text: string): Test {
  return (number) => model.edgesFrom(number).some((edge) => edge.kind === kind && named(model, edge.target, text));
}
