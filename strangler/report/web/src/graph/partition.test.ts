import { expect, test } from "vitest";
import { partitioned } from "./partition";

function needs(pairs: [number, number][]): Map<number, Map<number, number>> {
  const found = new Map<number, Map<number, number>>();
  for (const [from, to] of pairs) found.set(from, (found.get(from) ?? new Map<number, number>()).set(to, 1));
  return found;
}

test("what is needed stands before what needs it", () => {
  expect(partitioned([0, 1, 2], needs([[0, 1], [1, 2]])).items).toEqual([2, 1, 0]);
});

test("what needs each other stands together, and is marked", () => {
  const { items, ring } = partitioned([0, 1, 2, 3], needs([[0, 2], [2, 0], [1, 0], [2, 3]]));
  expect(items).toEqual([3, 0, 2, 1]);
  expect(ring).toEqual([-1, 0, 0, -1]);
});

test("only rings point backwards", () => {
  const pairs: [number, number][] = [];
  for (let n = 0; n < 200; n++) pairs.push([(n * 7919) % 31, (n * 104729) % 31]);
  const { items, ring, cells } = partitioned([...Array(31).keys()], needs(pairs));
  expect([...items].sort((a, b) => a - b)).toEqual([...Array(31).keys()]);
  for (const cell of cells.keys()) {
    const [row, column] = cell.split(" ").map(Number);
    if (column > row) expect(ring[row]).toBe(ring[column]);
  }
});
