import { describe, expect, test } from "vitest";
import golden from "../data/golden.json";
import { checked, type ReportDocument } from "../data/document";
import { Model } from "../data/model";
import { draw, TERMS, type Crossing } from "./crossings";
import { Evidence } from "./evidence";
import { readMove, moved, type Move } from "./moves";
import type { Owners } from "./ownership";
import { remedy } from "./remedies";
import { declared } from "./shares";

const model = new Model(checked(golden.document as unknown as ReportDocument));
const evidence = new Evidence(model);

function plain({ services, tables, ...owners }: Owners, crossing: Crossing): unknown[] {
  const { kind, source, targets, fn } = crossing;
  const all = { services, tables, ...owners };
  return [
    kind, services[source], targets.map((service) => services[service]), fn < 0 || kind === "writers" ? "" : model.functionName(fn),
    kind === "foreign-key" ? [] : crossing.tables.map((table) => model.document.tables.name[table]).sort(), remedy(model, all, crossing),
  ];
}

const byText = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

describe("a what-if costs what Python says it costs", () => {
  golden.cuts.forEach((cut, index) => test(`${index}: ${cut.moves.join(", ") || "nothing moved"}`, () => {
    const moves = cut.moves.map((text) => readMove(model, text)).filter((move): move is Move => move !== null);
    expect(moves.length).toBe(cut.moves.length);
    const drawn = draw(evidence, moved(model, declared(model), moves));
    expect(Object.fromEntries(TERMS.map((term, at) => [term, drawn.counts[at]]))).toEqual(cut.counts);
    expect(byText(drawn.crossings.map((crossing) => plain(drawn.owners, crossing)))).toEqual(byText(cut.crossings));
    expect(Object.fromEntries(drawn.hops)).toEqual(cut.hops);
  }));
});
