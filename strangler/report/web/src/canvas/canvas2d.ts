import type { BoxStyle, Frame, LineStyle, Point, Renderer, TextStyle } from "./renderer";

const MOST_WIDTHS = 50_000;

export class Canvas2D implements Renderer {
  private readonly context: CanvasRenderingContext2D;
  private readonly widths = new Map<string, number>();
  private font = "";

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext("2d", { alpha: false })!;
  }

  begin(width: number, height: number, ratio: number): void {
    const whole = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (this.canvas.width !== whole.width) this.canvas.width = whole.width;
    if (this.canvas.height !== whole.height) this.canvas.height = whole.height;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.globalAlpha = 1;
    this.font = "";
  }

  box({ x, y, width, height }: Frame, { fill, stroke, line = 1, radius = 0, alpha = 1 }: BoxStyle): void {
    const { context } = this;
    context.globalAlpha = alpha;
    if (radius < 1) {
      if (fill) {
        context.fillStyle = fill;
        context.fillRect(x, y, width, height);
      }
      if (stroke && width > 3 && height > 3) {
        context.strokeStyle = stroke;
        context.lineWidth = line;
        context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
      }
      return;
    }
    context.beginPath();
    context.roundRect(x, y, width, height, radius);
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    if (stroke) {
      context.strokeStyle = stroke;
      context.lineWidth = line;
      context.stroke();
    }
  }

  text(text: string, { x, y }: Point, room: number, style: TextStyle): void {
    const shown = this.fitted(text, room, style);
    if (!shown) return;
    this.use(style);
    this.context.globalAlpha = style.alpha ?? 1;
    this.context.fillStyle = style.colour;
    this.context.fillText(shown, x, y);
  }

  widthOf(text: string, style: TextStyle): number {
    const key = `${style.size}${style.bold ? "b" : ""}${style.mono ? "m" : ""}${text}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      if (this.widths.size > MOST_WIDTHS) this.widths.clear();
      this.use(style);
      width = this.context.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }

  arrow(from: Point, bend: Point, to: Point, { colour, width, alpha, dash }: LineStyle): void {
    const { context } = this;
    const angle = Math.atan2(to.y - bend.y, to.x - bend.x), size = 6 + 1.4 * width;
    const neck = { x: to.x - size * 0.8 * Math.cos(angle), y: to.y - size * 0.8 * Math.sin(angle) };
    context.globalAlpha = alpha;
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width;
    if (dash) context.setLineDash(dash as number[]);
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.quadraticCurveTo(bend.x, bend.y, neck.x, neck.y);
    context.stroke();
    if (dash) context.setLineDash([]);
    context.beginPath();
    context.moveTo(to.x, to.y);
    context.lineTo(to.x - size * Math.cos(angle - 0.42), to.y - size * Math.sin(angle - 0.42));
    context.lineTo(to.x - size * Math.cos(angle + 0.42), to.y - size * Math.sin(angle + 0.42));
    context.fill();
  }

  lines(points: readonly number[], { colour, width, alpha }: LineStyle): void {
    const { context } = this;
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (let index = 0; index < points.length; index += 4) {
      context.moveTo(points[index], points[index + 1]);
      context.lineTo(points[index + 2], points[index + 3]);
    }
    context.stroke();
  }

  private use({ size, bold, mono }: TextStyle): void {
    const font = `${bold ? "600 " : ""}${size}px ${mono ? "ui-monospace, Menlo, Consolas, monospace" : "system-ui, sans-serif"}`;
    if (font !== this.font) this.context.font = this.font = font;
  }

  /** The text, or as much of it as there is room for with an ellipsis; nothing where that would say nothing. */
  private fitted(text: string, room: number, style: TextStyle): string {
    const width = this.widthOf(text, style);
    if (width <= room) return text;
    let length = Math.floor((text.length * room) / width);
    while (length > 2 && this.widthOf(`${text.slice(0, length)}…`, style) > room) length--;
    return length < 3 ? "" : `${text.slice(0, length)}…`;
  }
}
