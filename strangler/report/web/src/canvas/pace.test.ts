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

test("what is painted late counts, a pause does not", () => {
  const late = new Pace(), paused = new Pace();
  late.drawn(0, 2);
  paused.drawn(0, 2);
  expect(late.mayDraw(50)).toBe(false);
  expect(paused.mayDraw(5000)).toBe(true);
});
