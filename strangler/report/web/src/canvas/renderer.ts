// What the map is drawn with: a small interface, so that the drawing can be tested and its means exchanged.

export interface Point {
  x: number;
  y: number;
}

export interface Frame extends Point {
  width: number;
  height: number;
}

export interface BoxStyle {
  fill?: string;
  stroke?: string;
  line?: number;
  radius?: number;
  alpha?: number;
}

export interface TextStyle {
  colour: string;
  size: number;
  bold?: boolean;
  mono?: boolean;
  alpha?: number;
}

export interface LineStyle {
  colour: string;
  width: number;
  alpha: number;
  dash?: readonly number[];
}

export interface Renderer {
  begin(width: number, height: number, ratio: number): void;
  box(frame: Frame, style: BoxStyle): void;
  /** Text from a baseline's left end on, shortened to a width. */
  text(text: string, at: Point, room: number, style: TextStyle): void;
  widthOf(text: string, style: TextStyle): number;
  /** A bent line with an arrow at its end. */
  arrow(from: Point, bend: Point, to: Point, style: LineStyle): void;
  /** Many straight lines of one style at once. */
  lines(points: readonly number[], style: LineStyle): void;
}
