// Names inside rectangles.

import type { Frame, Renderer, TextStyle } from "./renderer";

/** The name of a part of a group, where the title of the group, which ends at `title`, does not cover it. */
export function partName(renderer: Renderer, frame: Frame, name: string, title: number, style: TextStyle): void {
  const y = frame.y + Math.min(11, frame.height * 0.3);
  if (y - 12 > title) renderer.text(name, { x: frame.x + 5, y }, frame.width - 8, style);
}

/** The name of a table, with its sign where there is room for both. */
export function tableName(renderer: Renderer, frame: Frame, name: string, style: TextStyle): void {
  const room = frame.width - 6, signed = `▤ ${name}`;
  const shown = renderer.widthOf(signed, style) > room ? name : signed;
  renderer.text(shown, { x: frame.x + 4, y: frame.y + Math.min(frame.height / 2 + 4, 16) }, room, style);
}

/** A name in the middle, where it is high enough for one. */
export function centred(renderer: Renderer, frame: Frame, name: string, style: TextStyle): void {
  if (frame.height < 12) return;
  const width = Math.min(renderer.widthOf(name, style), frame.width - 6);
  renderer.text(name, { x: frame.x + (frame.width - width) / 2, y: frame.y + frame.height / 2 + style.size / 3 }, frame.width - 4, style);
}
