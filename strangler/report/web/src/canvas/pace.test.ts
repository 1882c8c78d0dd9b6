import { expect, test } from "vitest";
import { Pace } from "./pace";

test("what is cheap is drawn in every frame", () => {
  const pace = new Pace();
  for (let now = 0; now < 200; now += 16) {
    expect(pace.mayDraw(now)).toBe(true);
    pace.drawn(now, 2);
  }
});

test("what takes long is drawn in a twelfth of the time", () => {
  const pace = new Pace();
  pace.drawn(0, 20);
  expect(pace.mayDraw(16)).toBe(false);
  expect(pace.mayDraw(230)).toBe(false);
  expect(pace.mayDraw(241)).toBe(true);
});

test("where pictures show enough, only what is cheap is drawn", () => {
  const dear = new Pace(), cheap = new Pace();
  dear.drawn(0, 20);
  cheap.drawn(0, 0.5);
  expect(dear.mayDraw(1000, true)).toBe(false);
  expect(dear.mayDraw(1000)).toBe(true);
  expect(cheap.mayDraw(16, true)).toBe(true);
});

test("what is painted late counts, a pause does not", () => {
  const late = new Pace(), paused = new Pace();
  late.drawn(0, 2);
  paused.drawn(0, 2);
  expect(late.mayDraw(50)).toBe(false);
  expect(paused.mayDraw(5000)).toBe(true);
});

test("a machine whose frames come late is busy until the map has lain still", () => {
  const pace = new Pace();
  for (const now of [0, 16, 50, 66, 100]) pace.frame(now);
  expect(pace.isBusy).toBe(true);
  pace.rest();
  for (const now of [5000, 5016, 5032]) pace.frame(now);
  expect(pace.isBusy).toBe(false);
});
