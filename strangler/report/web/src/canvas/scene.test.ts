import { expect, test } from "vitest";
import golden from "../data/golden.json";
import { checked, type ReportDocument } from "../data/document";
import { Model } from "../data/model";
import { bundled } from "../graph/bundles";
import { overlap, uncovered } from "./frames";
import { Scene } from "./scene";

const model = new Model(checked(golden.document as unknown as ReportDocument)), scene = new Scene(model, bundled(model));

test("the smallest part of the map that holds some nodes is that of their groups together", () => {
  const [stock, views] = ["module:shop.catalog.stock", "module:shop.orders.views"].map((id) => model.find(id)!);
  const [a, b] = ["group:shop.catalog", "group:shop.orders"].map((id) => scene.world(model.find(id)!)!);
  expect(scene.around(new Set([stock.number]))).toEqual(a);
  const both = scene.around(new Set([stock.number, views.number]))!;
  expect([both.x, both.y]).toEqual([Math.min(a.x, b.x), Math.min(a.y, b.y)]);
  expect([both.x + both.width, both.y + both.height]).toEqual([Math.max(a.x + a.width, b.x + b.width), Math.max(a.y + a.height, b.y + b.height)]);
  expect(scene.around(new Set())).toBeNull();
});

test("a count that a title would cover moves below it, and another one stays", () => {
  const title = { x: 10, y: 10, width: 80, height: 17 }, count = { x: 40, y: 20, width: 20, height: 16 };
  expect(overlap(uncovered(count, [title]), title)).toBe(false);
  expect(uncovered(count, [title]).x).toBe(count.x);
  expect(uncovered({ ...count, y: 60 }, [title])).toEqual({ ...count, y: 60 });
});
