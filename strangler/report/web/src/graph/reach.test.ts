import { expect, test } from "vitest";
import golden from "../data/golden.json";
import type { ReportDocument } from "../data/document";
import { Model } from "../data/model";
import { bundled } from "./bundles";
import { callersOf, impact, members, pathBetween } from "./reach";

const model = new Model(golden.document as unknown as ReportDocument);
const node = (id: string) => model.find(id)!;

test("every dependency is in one bundle or inside one group", () => {
  const { between, inside } = bundled(model);
  const sum = between.reduce((total, bundle) => total + bundle.count, 0) + [...inside.values()].flat().reduce((total, edge) => total + edge.count, 0);
  expect(sum).toBe(model.edges.reduce((total, edge) => total + edge.count, 0));
  expect(between.every((bundle) => bundle.from !== bundle.to)).toBe(true);
});

test("what a module needs, needs it", () => {
  const start = node("module:shop.orders.services");
  for (const [number, distance] of impact(model, start, "out")) {
    if (distance > 0) expect(impact(model, model.end(number), "in").get(members(model, start)[0])).toBe(distance);
  }
});

test("a path is a chain of dependencies from one end to the other, as long as the impact says", () => {
  const from = node("module:shop.orders.views"), to = node("table:catalog_stock");
  const path = pathBetween(model, from, to)!;
  expect(path[0].source).toBe(model.edgeNumber(from));
  expect(path.at(-1)!.target).toBe(model.edgeNumber(to));
  path.slice(1).forEach((edge, index) => expect(edge.source).toBe(path[index].target));
  expect(path.length).toBe(impact(model, from, "out").get(model.edgeNumber(to)));
});

test("no path leads from a table to the code", () => {
  expect(pathBetween(model, node("table:catalog_stock"), node("module:shop.orders.views"))).toBeNull();
});

test("callers are found through others, each once, with the one they call", () => {
  const number = (name: string) => model.find(`function:${name}`)!.number;
  const writer = number("shop.orders.services:place_order");
  const found = callersOf(model, [writer]);
  expect(found.find(({ fn }) => fn === number("shop.orders.views:create"))).toEqual({ fn: number("shop.orders.views:create"), through: writer });
  expect(new Set(found.map(({ fn }) => fn)).size).toBe(found.length);
  expect(found.some(({ fn }) => fn === writer)).toBe(false);
});
