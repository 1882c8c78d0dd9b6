import { expect, test } from "vitest";
import { editorLink, HOME, read, telling, told, VIEWS, written, type Place } from "./place";

const FAR: Place = {
  view: "graph", sel: "function:shop.a:B.c@shop.d:E", at: "route:GET /a/{id}?x=1&y#z", q: "a b", edges: "", list: true, find: "a -b:c", focus: "table:ü",
  impact: "out", to: "module:shop", zoom: "2.5,100,200", closed: ["a,b", "c&d"], inside: "g", move: ["table:a>b>c", "group:d.e>the rest"], all: true, sort: ["Most: all:-Lines"], portions: ["What crosses:3"], toggled: ["step 4", "a,b"], theme: "dark",
  editor: "vscode://file/home/me/shop/{file}:{line}",
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

test("each table of a view has an order of its own", () => {
  const sort = telling(telling(["Keys:To"], "Tables", "-Writers"), "Keys", "-To");
  expect(sort.map((item) => item)).toEqual(["Tables:-Writers", "Keys:-To"]);
  expect([told(sort, "Tables"), told(sort, "Keys"), told(sort, "Others")]).toEqual(["-Writers", "-To", ""]);
  expect(telling(sort, "Keys", "")).toEqual(["Tables:-Writers"]);
});

test("a place is opened by the reader's editor", () => {
  expect(editorLink("vscode://file/me/{file}:{line}", "shop/a b.py:12")).toBe("vscode://file/me/shop/a%20b.py:12");
});

test("a template that runs something, or opens nothing, makes no link", () => {
  for (const template of ["", "javascript:alert('{file}')", "data:text/html,{file}", "vscode://file/"]) {
    expect(editorLink(template, "shop/a.py:1")).toBe("");
  }
});
