// Stands in for d3-transition and d3-interpolate, which d3-zoom needs for movements that go on by themselves: the map has
// none, and would carry what these know of colours and clocks for nothing.

import { selection } from "d3-selection";

export function interrupt(): void {}

export function interpolateZoom(): never {
  throw new Error("the map does not move by itself");
}

Object.assign(selection.prototype, {
  interrupt(this: unknown) {
    return this;
  },
});
