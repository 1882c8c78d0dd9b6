// How rectangles and points lie to each other.

import type { Frame, Point } from "./renderer";

export function middle({ x, y, width, height }: Frame): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** Where the line from the middle of a rectangle to a point leaves its inner part. */
export function towards(frame: Frame, point: Point): Point {
  const { x, y } = middle(frame), dx = point.x - x, dy = point.y - y;
  const share = 0.95 * Math.min(0.5, Math.abs(frame.width / 2 / (dx || 1e-9)), Math.abs(frame.height / 2 / (dy || 1e-9)));
  return { x: x + dx * share, y: y + dy * share };
}

export function inSight(frame: Frame, { width, height }: { width: number; height: number }): boolean {
  return frame.x < width && frame.y < height && frame.x + frame.width > 0 && frame.y + frame.height > 0 && frame.width > 0.5 && frame.height > 0.5;
}

export function contains({ x, y, width, height }: Frame, point: Point): boolean {
  return point.x >= x && point.x < x + width && point.y >= y && point.y < y + height;
}

export function overlap(a: Frame, b: Frame): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The frame, moved down from under those of `above` that would cover it. */
export function uncovered(frame: Frame, above: readonly Frame[]): Frame {
  const cover = above.find((other) => overlap(other, frame));
  return cover ? { ...frame, y: cover.y + cover.height + 1 } : frame;
}
