// The canvas with its pointer, wheel and keys; draws at most once a frame.

import { select } from "d3-selection";
import { zoom as zoomBehaviour, zoomIdentity, type D3ZoomEvent, type ZoomBehavior } from "d3-zoom";
import { Canvas2D } from "../canvas/canvas2d";
import { Pace } from "../canvas/pace";
import { palette } from "../canvas/palette";
import { Pictures } from "../canvas/pictures";
import type { Frame } from "../canvas/renderer";
import { Scene, WORLD, type Looks, type Transform } from "../canvas/scene";
import type { Model, NodeRef } from "../data/model";
import { plain } from "../data/plain";
import { neighbourhood } from "../graph/reach";
import { go, place } from "../place/store";

const MARGIN = 0.98;
/** How much of the view is filled by what one comes near to, and how near one can come. */
const NEAR = 0.85;
const MOST = 60;
const PAINTED = "strangler-painted";
/** When the map has lain still so long, in milliseconds, it is drawn whole again. */
const STILL = 90;

type Zoomed = D3ZoomEvent<HTMLCanvasElement, unknown>;

export class Board {
  private looks: Looks;
  private readonly renderer: Canvas2D;
  private readonly zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  private readonly observer: ResizeObserver;
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly pictures: Pictures;
  private readonly pace = new Pace();
  private moving = false;
  /** With what the canvas was drawn last. */
  private shown: Transform = { k: 1, x: 0, y: 0 };
  private frame = 0;
  private still = 0;
  private gone = "";
  /** What one has come near to see, of all there is. */
  private around: ReadonlySet<number> | null = null;
  private fit = 1;

  constructor(private readonly model: Model, private readonly scene: Scene, private readonly canvas: HTMLCanvasElement, holder: HTMLElement) {
    this.renderer = new Canvas2D(canvas);
    this.pictures = new Pictures(canvas);
    this.looks = {
      transform: { k: 1, x: 0, y: 0 }, width: 1, height: 1, ratio: devicePixelRatio || 1, palette: palette(), kinds: new Set(), selected: null, hovered: null,
      lit: null, only: null, path: [], closed: new Set(),
    };
    this.zoom = zoomBehaviour<HTMLCanvasElement, unknown>().on("start", ({ sourceEvent }: Zoomed) => {
      if (sourceEvent) this.move();
    }).on("zoom", ({ transform }: Zoomed) => {
      this.looks.transform = transform;
      this.draw();
    }).on("end", ({ sourceEvent }: Zoomed) => {
      this.moving = false;
      this.draw();
      if (sourceEvent) this.tell();
    });
    select(canvas).call(this.zoom).on("dblclick.zoom", null);
    this.observer = new ResizeObserver(() => this.resize(holder.clientWidth, holder.clientHeight));
    this.observer.observe(holder);
    this.dark.addEventListener("change", this.recolour);
    canvas.addEventListener("pointermove", this.hover);
    canvas.addEventListener("pointerleave", this.hover);
    canvas.addEventListener("click", this.click);
    canvas.addEventListener("dblclick", this.approach);
  }

  leave(): void {
    this.observer.disconnect();
    this.dark.removeEventListener("change", this.recolour);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.still);
  }

  show(looks: Partial<Looks>): void {
    this.looks = { ...this.looks, ...looks, palette: palette() };
    this.pictures.forget();
    this.draw();
  }

  private readonly recolour = () => this.show({});

  private resize(width: number, height: number): void {
    if (!width || !height) return;
    this.looks.width = width;
    this.looks.height = height;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.fit = MARGIN * Math.min(width / WORLD.width, height / WORLD.height);
    this.zoom.scaleExtent([this.fit * 0.6, this.fit * 80]);
    this.gone = "unknown";
    this.goTo(place.peek().zoom);
  }

  /** Goes to what the address says: the scale against all in sight, and the middle; for "" to all there is to see. */
  goTo(zoom: string, around: ReadonlySet<number> | null = this.around): void {
    const isElsewhere = around !== this.around && !zoom;
    this.around = around;
    if ((zoom === this.gone && !isElsewhere) || this.looks.width < 2) return;
    this.gone = zoom;
    const { scale: whole, x: middle, y: height } = this.whole();
    const [scale = whole, x = middle, y = height] = zoom ? zoom.split(",").map(Number) : [];
    const k = this.fit * (Number.isFinite(scale) && scale > 0 ? scale : 1);
    const transform = zoomIdentity.translate(this.looks.width / 2 - x * k, this.looks.height / 2 - y * k).scale(k);
    select(this.canvas).call(this.zoom.transform, transform);
  }

  /** Where one sees the whole map, or all of what the focus leaves of it. */
  private whole(): { scale: number; x: number; y: number } {
    const frame = this.around && this.scene.around(this.around);
    if (!frame) return { scale: 1, x: WORLD.width / 2, y: WORLD.height / 2 };
    return { scale: Math.max(1, this.near(frame)), x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 };
  }

  /** The scale at which a part of the map fills most of the view. */
  private near({ width, height }: Frame): number {
    return Math.min((NEAR * Math.min(this.looks.width / width, this.looks.height / height)) / this.fit, MOST);
  }

  /** Writes where the reader is into the address. */
  private tell(): void {
    const { k, x, y } = this.looks.transform;
    const middle = { x: (this.looks.width / 2 - x) / k, y: (this.looks.height / 2 - y) / k };
    this.gone = `${(k / this.fit).toFixed(2)},${Math.round(middle.x)},${Math.round(middle.y)}`;
    go({ zoom: this.gone }, true);
  }

  private draw(): void {
    if (!this.frame) this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.paint(now);
    });
  }

  private paint(now: number): void {
    const { looks } = this;
    if (this.moving) this.pace.frame(now);
    else this.pace.rest();
    if (this.moving && !this.pace.mayDraw(now, this.pictures.suffices(looks.transform, looks.ratio))) {
      this.pictures.show(looks.transform, looks.ratio, looks.palette.paper, !this.pace.isBusy);
      this.scene.drawStuckTitles(this.renderer, looks);
      clearTimeout(this.still);
      this.still = setTimeout(() => requestAnimationFrame(() => this.drawWhole(looks.transform)), STILL);
      return;
    }
    const start = performance.now();
    this.drawWhole(looks.transform);
    this.pace.drawn(now, performance.now() - start);
    if (this.moving) this.pictures.take(this.shown);
    // What benchmarks/report.py measures by.
    if (!performance.getEntriesByName(PAINTED).length && looks.width > 1) performance.mark(PAINTED);
  }

  private drawWhole(transform: Transform): void {
    clearTimeout(this.still);
    this.scene.draw(this.renderer, { ...this.looks, transform });
    this.scene.drawStuckTitles(this.renderer, { ...this.looks, transform });
    this.shown = transform;
  }

  /** Makes pictures, so that the map follows a hand at once. */
  private move(): void {
    if (!this.pictures.hasWhole) {
      const now = this.shown, k = this.fit;
      const whole = { k, x: (this.looks.width - WORLD.width * k) / 2, y: (this.looks.height - WORLD.height * k) / 2 };
      const isThere = now.k === k && Math.abs(now.x - whole.x) < 1 && Math.abs(now.y - whole.y) < 1;
      if (!isThere) this.drawWhole(whole);
      this.pictures.takeWhole(this.shown);
      if (!isThere) this.drawWhole(now);
    }
    this.pictures.take(this.shown);
    this.moving = true;
  }

  private under(event: MouseEvent): NodeRef | null {
    const { left, top } = this.canvas.getBoundingClientRect();
    return this.scene.at({ x: event.clientX - left, y: event.clientY - top }, this.looks);
  }

  private readonly hover = (event: PointerEvent) => {
    if (event.buttons) return;
    const found = event.type === "pointerleave" ? null : this.under(event);
    if (found?.kind === this.looks.hovered?.kind && found?.number === this.looks.hovered?.number) return;
    this.canvas.title = found ? plain(this.model.nameOf(found)) : "";
    this.show({ hovered: found, ...(!place.peek().impact && !place.peek().to && !place.peek().find && { lit: found ? neighbourhood(this.model, found) : null }) });
  };

  private readonly click = (event: MouseEvent) => {
    const found = this.under(event);
    go({ sel: found ? this.model.idOf(found) : "", to: "", ...(!found && { impact: "" }) });
  };

  private readonly approach = (event: MouseEvent) => {
    const found = this.under(event);
    if (found) this.approachTo(found);
  };

  /** Comes so near that a node fills most of the view. */
  private approachTo(node: NodeRef): void {
    const frame = this.scene.world(node);
    if (frame) go({ zoom: `${this.near(frame).toFixed(2)},${Math.round(frame.x + frame.width / 2)},${Math.round(frame.y + frame.height / 2)}` }, true);
  }

  /** Goes on from what the address says, not from what is drawn: a key can come before the last one's drawing. */
  press(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key], selected = this.model.find(place.peek().sel);
    if (arrow) {
      // The first rectangle is the largest, at the upper left.
      const first = { kind: "group" as const, number: this.model.document.boxes.number[0] };
      go({ sel: this.model.idOf(selected ? this.scene.beside(selected, ...arrow) : first) }, true);
    } else if (event.key === "Enter" && selected) this.approachTo(selected);
    else if (event.key === "+" || event.key === "-") {
      this.goTo(place.peek().zoom);
      select(this.canvas).call(this.zoom.scaleBy, event.key === "+" ? 1.4 : 1 / 1.4);
      this.tell();
    } else return;
    event.preventDefault();
  }
}

const ARROWS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
