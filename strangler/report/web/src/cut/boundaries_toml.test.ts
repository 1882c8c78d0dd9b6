import { expect, test } from "vitest";
import golden from "../data/golden.json";
import type { ReportDocument } from "../data/document";
import { Model } from "../data/model";
import { boundariesToml } from "./boundaries_toml";
import { readMove, moved, type Move } from "./moves";
import { declared } from "./shares";

const model = new Model(golden.document as unknown as ReportDocument);

function exported(before: string[], after: string[]): string {
  const moves = (texts: string[]) => texts.map((text) => readMove(model, text)).filter((move): move is Move => move !== null);
  const base = moved(model, declared(model), moves(before));
  return boundariesToml(model, base, moved(model, base, moves(after)));
}

test("nothing moved says nothing", () => expect(exported([], [])).toBe(""));

test("tables become labels, modules pins, what all share is said so", () => {
  expect(exported([], ["table:orders_order>sales", "module:shop.orders.models>sales", "table:catalog_stock>shared"])).toBe(
    'shared = ["catalog_stock"]\n\n[labels]\norders_order = "sales"\n\n[pins]\n"shop.orders.models" = "sales"\n',
  );
});

test("a table that is moved back is kept apart from what it was of", () => {
  expect(exported(["table:orders_order>sales", "table:catalog_stock>sales"], ["table:orders_order>the rest"])).toContain(
    'cannot_link = [["orders_order", "catalog_stock"]]\n',
  );
});
