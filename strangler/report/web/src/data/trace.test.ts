import { describe, expect, test } from "vitest";
import golden from "./golden.json";
import { checked, type ReportDocument } from "./document";
import { Model } from "./model";
import { routeRoots, traced, type Row } from "./trace";

const model = new Model(checked(golden.document as unknown as ReportDocument));

function plainRow(row: Row): unknown[] {
  const { step } = row;
  const name = step.what === "call" ? model.functionName(step.target)
    : step.what === "outside" ? step.name : model.nameOf({ kind: "table", number: step.target });
  return [row.depth, step.what, name, step.place, step.loop, row.transaction, row.savepoint, row.continuation];
}

describe("the way of a request is the one Python walks", () => {
  for (const [name, expected] of Object.entries(golden.requests)) {
    test(name, () => {
      const id = name.slice(0, name.lastIndexOf(" "));
      const route = model.find(id)!.number;
      const { file, line } = model.document.routes;
      const rows = traced(model, routeRoots(model, route), model.place(file[route], line[route]), name.endsWith(" effects"));
      expect(rows.map(plainRow)).toEqual(expected);
    });
  }
});

test("a document of another version is refused", () => {
  expect(() => checked({ ...(golden.document as unknown as ReportDocument), version: 0 })).toThrow("version 0");
});

test("every node is found by its id", () => {
  for (const kind of ["group", "module", "table", "function", "route", "entry"] as const) {
    for (let number = 0; number < model.count(kind); number++) {
      const id = model.idOf({ kind, number });
      expect(model.idOf(model.find(id)!)).toBe(id);
    }
  }
});
