import { expect, test } from "vitest";
import { HOME, read, VIEWS, written, type Place } from "./place";

const FAR: Place = {
  view: "graph", sel: "function:shop.a:B.c@shop.d:E", at: "route:GET /a/{id}?x=1&y#z", q: "a b", edges: "", list: true, focus: "table:ü",
  impact: "out", to: "module:shop", zoom: "2.5,100,200", closed: ["a,b", "c&d"], inside: "g", all: true, sort: "-Lines", theme: "dark",
};

test("what is written is read again", () => {
  for (const view of VIEWS) {
    expect(read(written({ ...FAR, view }))).toEqual({ ...FAR, view });
    expect(read(written({ ...HOME, view }))).toEqual({ ...HOME, view });
  }
});

test("a place as at home has a short address", () => expect(written(HOME)).toBe("#/overview"));

test("what makes no sense is as at home", () => {
  expect(read("")).toEqual(HOME);
  expect(read("#/nowhere?impact=sideways&theme=pink&list=yes")).toEqual(HOME);
});
