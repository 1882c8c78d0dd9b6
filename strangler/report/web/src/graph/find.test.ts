import { expect, test } from "vitest";
import golden from "../data/golden.json";
import type { ReportDocument } from "../data/document";
import { Model } from "../data/model";
import { find } from "./find";

const model = new Model(golden.document as unknown as ReportDocument);
const names = (numbers: Set<number> | null) => numbers && [...numbers].map((number) => model.nameOf(model.end(number))).sort();

test("words are parts of names, all of them", () => {
  expect(names(find(model, "ORDERS services").found)).toEqual(["shop.orders.services"]);
});

test("a minus hides, and what is hidden is not found", () => {
  const { found, left } = find(model, "shop.orders -services");
  expect(names(found)).not.toContain("shop.orders.services");
  expect(names(left)).toContain("shop.catalog.models");
  expect(find(model, "-services").found).toBeNull();
});

test("who writes a table, and what a module is needed by", () => {
  expect(names(find(model, "writes:orders_order").found)).toContain("shop.orders.models");
  for (const number of find(model, "neededby:shop.orders.views").found!) {
    expect(model.edgesTo(number).some((edge) => model.nameOf(model.end(edge.source)).includes("shop.orders.views"))).toBe(true);
  }
});

test("kinds, apps and lines", () => {
  expect(names(find(model, "table:order").found)!.every((name) => model.find(`table:${name}`))).toBe(true);
  const { lines } = model.document.modules;
  expect(find(model, "lines>20").found!.size).toBe(lines.filter((count) => count > 20).length);
  expect(names(find(model, "app:shop.catalog").found)!.length).toBeGreaterThan(0);
});

test("what means nothing is said", () => {
  expect(find(model, "colour:red -nothing:x").unknown).toEqual(["colour:red", "-nothing:x"]);
});
