// Pictures that stand in for the map while it moves: the last drawing and, beneath it, one of the whole map.

import type { Frame } from "./renderer";
import type { Transform } from "./scene";

/** The part of the window that the last drawing has to cover, and how many times larger or smaller it may be shown. */
const ENOUGH = 0.6;
const BLUR = 1.5;

interface Picture {
  image: HTMLCanvasElement;
  transform: Transform;
}

export class Pictures {
  private readonly context: CanvasRenderingContext2D;
  private last: Picture | null = null;
  private whole: Picture | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext("2d", { alpha: false })!;
  }

  get hasWhole(): boolean {
    return this.whole !== null;
  }

  /** Keeps what the canvas shows, drawn with a transform. */
  take(transform: Transform): void {
    this.last = copied(this.canvas, transform, this.last);
  }

  takeWhole(transform: Transform): void {
    this.whole = copied(this.canvas, transform, this.whole);
  }

  /** The map looks otherwise now. */
  forget(): void {
    this.whole = null;
  }

  /** Shows the pictures as they would be with another transform: the whole map only where the last drawing leaves room. `smooth` takes longer. */
  show(transform: Transform, ratio: number, paper: string, smooth: boolean): void {
    const { context, canvas } = this, window = { x: 0, y: 0, width: canvas.width, height: canvas.height };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "low";
    const last = this.last && common(framed(this.last, transform, ratio), window);
    for (const part of around(last, window)) {
      context.fillStyle = paper;
      context.fillRect(part.x, part.y, part.width, part.height);
      if (this.whole) this.put(this.whole, transform, ratio, part);
    }
    if (this.last && last) this.put(this.last, transform, ratio, last);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** Whether the last drawing shows most of what is in sight with another transform, and hardly blurred. */
  suffices(transform: Transform, ratio: number): boolean {
    if (!this.last) return false;
    const scale = transform.k / this.last.transform.k, { width, height } = this.canvas;
    const seen = common(framed(this.last, transform, ratio), { x: 0, y: 0, width, height });
    return scale > 1 / BLUR && scale < BLUR && seen !== null && seen.width * seen.height > ENOUGH * width * height;
  }

  /** Only the part that is asked for is scaled. */
  private put(picture: Picture, now: Transform, ratio: number, part: Frame): void {
    const scale = now.k / picture.transform.k, frame = framed(picture, now, ratio), seen = common(frame, part);
    if (!seen) return;
    const { x, y, width, height } = seen;
    this.context.drawImage(picture.image, (x - frame.x) / scale, (y - frame.y) / scale, width / scale, height / scale, x, y, width, height);
  }
}

/** Where a picture lies with another transform, in pixels of the canvas. */
function framed({ image, transform: then }: Picture, now: Transform, ratio: number): Frame {
  const scale = now.k / then.k;
  return {
    x: Math.round(ratio * (now.x - then.x * scale)), y: Math.round(ratio * (now.y - then.y * scale)),
    width: image.width * scale, height: image.height * scale,
  };
}

function common(a: Frame, b: Frame): Frame | null {
  const x = Math.max(a.x, b.x), y = Math.max(a.y, b.y);
  const width = Math.floor(Math.min(a.x + a.width, b.x + b.width)) - x, height = Math.floor(Math.min(a.y + a.height, b.y + b.height)) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** What is left of a frame around one that lies in it: above, below, left and right of it. */
function around(inner: Frame | null, outer: Frame): Frame[] {
  if (!inner) return [outer];
  const right = inner.x + inner.width, bottom = inner.y + inner.height;
  return [
    { x: 0, y: 0, width: outer.width, height: inner.y }, { x: 0, y: bottom, width: outer.width, height: outer.height - bottom },
    { x: 0, y: inner.y, width: inner.x, height: inner.height }, { x: right, y: inner.y, width: outer.width - right, height: inner.height },
  ].filter(({ width, height }) => width > 0 && height > 0);
}

/** A copy of a canvas, in the one of an earlier picture where that fits. */
function copied(canvas: HTMLCanvasElement, { k, x, y }: Transform, before: Picture | null): Picture {
  const image = before?.image ?? document.createElement("canvas");
  if (image.width !== canvas.width) image.width = canvas.width;
  if (image.height !== canvas.height) image.height = canvas.height;
  image.getContext("2d", { alpha: false })!.drawImage(canvas, 0, 0);
  return { image, transform: { k, x, y } };
}
