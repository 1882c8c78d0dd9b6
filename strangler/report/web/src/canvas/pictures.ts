// Pictures that stand in for the map while it moves: the last drawing and, beneath it, one of the whole map.

import type { Transform } from "./scene";

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

  /** Shows the pictures as they would be with another transform. */
  show(transform: Transform, ratio: number, paper: string): void {
    const { context, canvas } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "low";
    for (const picture of [this.whole, this.last]) if (picture) this.put(picture, transform, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** Only the part in sight is scaled. */
  private put({ image, transform: then }: Picture, now: Transform, ratio: number): void {
    const scale = now.k / then.k, left = Math.round(ratio * (now.x - then.x * scale)), top = Math.round(ratio * (now.y - then.y * scale));
    const x0 = Math.max(0, left), y0 = Math.max(0, top);
    const x1 = Math.min(this.canvas.width, left + image.width * scale), y1 = Math.min(this.canvas.height, top + image.height * scale);
    if (x1 <= x0 || y1 <= y0) return;
    this.context.drawImage(image, (x0 - left) / scale, (y0 - top) / scale, (x1 - x0) / scale, (y1 - y0) / scale, x0, y0, x1 - x0, y1 - y0);
  }
}

/** A copy of a canvas, in the one of an earlier picture where that fits. */
function copied(canvas: HTMLCanvasElement, { k, x, y }: Transform, before: Picture | null): Picture {
  const image = before?.image ?? document.createElement("canvas");
  if (image.width !== canvas.width) image.width = canvas.width;
  if (image.height !== canvas.height) image.height = canvas.height;
  image.getContext("2d", { alpha: false })!.drawImage(canvas, 0, 0);
  return { image, transform: { k, x, y } };
}
