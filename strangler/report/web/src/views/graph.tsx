// The map, or its table twin: groups, modules, tables and functions with what depends on what.

import { select } from "d3-selection";
import { zoom as zoomBehaviour, zoomIdentity, type D3ZoomEvent, type ZoomBehavior } from "d3-zoom";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Canvas2D } from "../canvas/canvas2d";
import { palette } from "../canvas/palette";
import { Scene, WORLD, type Looks } from "../canvas/scene";
import type { EdgeKind } from "../data/document";
import type { Edge, Model, NodeRef } from "../data/model";
import { bundled } from "../graph/bundles";
import { impact, neighbourhood, pathBetween } from "../graph/reach";
import { counted } from "../parts/basics";
import { Search } from "../parts/search";
import { go, place } from "../place/store";
import { GraphLists } from "./graph_lists";

export const EDGE_LETTERS: readonly { letter: string; kind: EdgeKind; name: string; sign: string }[] = [
  { letter: "d", kind: "depends", name: "imports, calls", sign: "━━" },
  { letter: "r", kind: "reads", name: "reads", sign: "╍╍" },
  { letter: "w", kind: "writes", name: "writes", sign: "━━" },
  { letter: "f", kind: "references", name: "foreign keys", sign: "┈┈" },
];
const MARGIN = 0.98;
const PAINTED = "strangler-painted";

/** What the address says is brought out. */
export interface Asked {
  selected: NodeRef | null;
  impacted: Map<number, number> | null;
  path: Edge[] | null;
  kinds: Set<EdgeKind>;
}

export function Graph({ model }: { model: Model }) {
  const { sel, to, impact: direction, edges, list, focus } = place.value;
  const [picking, setPicking] = useState(false);
  const bundles = useMemo(() => bundled(model), [model]);
  const asked: Asked = useMemo(() => {
    const selected = model.find(sel), goal = model.find(to);
    return {
      selected,
      impacted: selected && direction ? impact(model, selected, direction) : null,
      path: selected && goal ? pathBetween(model, selected, goal) : null,
      kinds: new Set(EDGE_LETTERS.filter(({ letter }) => edges.includes(letter)).map(({ kind }) => kind)),
    };
  }, [model, sel, to, direction, edges]);
  return (
    <div class="board">
      <div class="tools" role="toolbar" aria-label="Graph">
        {EDGE_LETTERS.map(({ letter, kind, name, sign }) => (
          <label><input type="checkbox" checked={edges.includes(letter)} onChange={() => go({ edges: edges.includes(letter) ? edges.replace(letter, "") : edges + letter }, true)} />
            <span class={kind} aria-hidden="true">{sign}</span> {name}</label>))}
        <button type="button" aria-pressed={list} onClick={() => go({ list: !list })}>As a list</button>
        {!list && <button type="button" onClick={() => go({ zoom: "" }, true)}>Fit <kbd>f</kbd></button>}
        {asked.selected && <button type="button" onClick={() => setPicking(true)}>Path to …</button>}
        {focus && <button type="button" onClick={() => go({ focus: "" })}>End focus</button>}
        <span class="soft" role="status">{said(model, asked, to)}</span>
      </div>
      {list ? <GraphLists model={model} bundles={bundles} asked={asked} /> : <Map model={model} scene={new Scene(model, bundles)} asked={asked} />}
      {picking && <Search model={model} close={() => setPicking(false)} pick={(id) => go({ to: id, impact: "" })} />}
    </div>
  );
}

function said(model: Model, { impacted, path }: Asked, to: string): string {
  if (impacted) {
    const numbers = [...impacted].filter(([, distance]) => distance > 0).map(([number]) => number);
    const modules = numbers.filter((number) => number < model.moduleCount).length;
    return `${counted(modules, "module")} and ${counted(numbers.length - modules, "table")} in ${place.value.impact === "out" ? "what it needs" : "what needs it"}`;
  }
  if (!to) return "";
  return path ? `a path of ${counted(path.length, "step")}` : "no path leads there";
}

function Map({ model, scene, asked }: { model: Model; scene: Scene; asked: Asked }) {
  const holder = useRef<HTMLDivElement>(null), canvas = useRef<HTMLCanvasElement>(null);
  const board = useRef<Board | null>(null);
  const { closed, focus, zoom, theme } = place.value;
  const focused = model.find(focus);
  const looks = {
    kinds: asked.kinds, selected: asked.selected, closed: new Set(closed),
    lit: asked.path ? new Set(asked.path.flatMap(({ source, target }) => [source, target])) : asked.impacted ? new Set(asked.impacted.keys()) : null,
    only: focused ? neighbourhood(model, focused) : null,
    path: asked.path ?? [],
  };
  useEffect(() => {
    const made = new Board(model, scene, canvas.current!, holder.current!);
    board.current = made;
    return () => made.leave();
  }, [model]);
  useEffect(() => board.current?.show(looks), [asked, closed, focus, theme]);
  useEffect(() => board.current?.goTo(zoom), [zoom, asked]);
  const help = "Map. Arrow keys go to the rectangle beside, Enter comes near it, plus and minus zoom, f fits all. The same as a list: the button As a list.";
  return <div class="drawing" ref={holder}><canvas ref={canvas} tabIndex={0} role="img" aria-label={help} onKeyDown={(event) => board.current?.press(event)} /></div>;
}

/** The canvas with its pointer, wheel and keys; draws at most once a frame. */
class Board {
  private looks: Looks;
  private readonly renderer: Canvas2D;
  private readonly zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  private readonly observer: ResizeObserver;
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private frame = 0;
  private gone = "";
  private fit = 1;

  constructor(private readonly model: Model, private readonly scene: Scene, private readonly canvas: HTMLCanvasElement, holder: HTMLElement) {
    this.renderer = new Canvas2D(canvas);
    this.looks = {
      transform: { k: 1, x: 0, y: 0 }, width: 1, height: 1, ratio: devicePixelRatio || 1, palette: palette(), kinds: new Set(), selected: null, hovered: null,
      lit: null, only: null, path: [], closed: new Set(),
    };
    this.zoom = zoomBehaviour<HTMLCanvasElement, unknown>().on("zoom", (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
      this.looks.transform = event.transform;
      this.draw();
    }).on("end", (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => { if (event.sourceEvent) this.tell(); });
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
  }

  show(looks: Partial<Looks>): void {
    this.looks = { ...this.looks, ...looks, palette: palette() };
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

  /** Goes to what the address says: the scale against all in sight, and the middle. */
  goTo(zoom: string): void {
    if (zoom === this.gone || this.looks.width < 2) return;
    this.gone = zoom;
    const [scale = 1, x = WORLD.width / 2, y = WORLD.height / 2] = zoom ? zoom.split(",").map(Number) : [];
    const k = this.fit * (Number.isFinite(scale) && scale > 0 ? scale : 1);
    const transform = zoomIdentity.translate(this.looks.width / 2 - x * k, this.looks.height / 2 - y * k).scale(k);
    select(this.canvas).call(this.zoom.transform, transform);
  }

  /** Writes where the reader is into the address. */
  private tell(): void {
    const { k, x, y } = this.looks.transform;
    const middle = { x: (this.looks.width / 2 - x) / k, y: (this.looks.height / 2 - y) / k };
    this.gone = `${(k / this.fit).toFixed(2)},${Math.round(middle.x)},${Math.round(middle.y)}`;
    go({ zoom: this.gone }, true);
  }

  private draw(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.scene.draw(this.renderer, this.looks);
      // What benchmarks/report.py measures by.
      if (!performance.getEntriesByName(PAINTED).length && this.looks.width > 1) performance.mark(PAINTED);
    });
  }

  private under(event: MouseEvent): NodeRef | null {
    const { left, top } = this.canvas.getBoundingClientRect();
    return this.scene.at({ x: event.clientX - left, y: event.clientY - top }, this.looks);
  }

  private readonly hover = (event: PointerEvent) => {
    if (event.buttons) return;
    const found = event.type === "pointerleave" ? null : this.under(event);
    if (found?.kind === this.looks.hovered?.kind && found?.number === this.looks.hovered?.number) return;
    this.canvas.title = found ? this.model.nameOf(found) : "";
    this.show({ hovered: found, ...(!place.peek().impact && !place.peek().to && { lit: found ? neighbourhood(this.model, found) : null }) });
  };

  private readonly click = (event: MouseEvent) => {
    const found = this.under(event);
    go({ sel: found ? this.model.idOf(found) : "", to: "", ...(!found && { impact: "" }) });
  };

  private readonly approach = (event: MouseEvent) => {
    const found = this.under(event);
    if (found) this.near(found);
  };

  /** Comes so near that a node fills most of the view. */
  private near(node: NodeRef): void {
    const frame = this.scene.world(node);
    if (!frame) return;
    const k = 0.85 * Math.min(this.looks.width / frame.width, this.looks.height / frame.height);
    const scale = Math.min(k / this.fit, 60);
    go({ zoom: `${scale.toFixed(2)},${Math.round(frame.x + frame.width / 2)},${Math.round(frame.y + frame.height / 2)}` }, true);
  }

  press(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const from = this.looks.selected ?? { kind: "group" as const, number: 0 };
      go({ sel: this.model.idOf(this.looks.selected ? this.scene.beside(from, ...arrow) : from) }, true);
    } else if (event.key === "Enter" && this.looks.selected) this.near(this.looks.selected);
    else if (event.key === "+" || event.key === "-") {
      select(this.canvas).call(this.zoom.scaleBy, event.key === "+" ? 1.4 : 1 / 1.4);
      this.tell();
    } else return;
    event.preventDefault();
  }
}

const ARROWS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
