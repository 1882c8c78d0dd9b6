// What of the map is drawn for a part of it at a size: outer rectangles from afar, what is in them from near.

import type { EdgeKind } from "../data/document";
import type { Model, NodeRef } from "../data/model";
import type { Bundle, Bundled } from "../graph/bundles";
import { plain } from "../data/plain";
import { boxNames, KIND, lastPart } from "./boxes";
import { contains, inSight, middle, overlap, towards, uncovered } from "./frames";
import type { Palette } from "./palette";
import { centred, partName, tableName } from "./labels";
import type { Frame, Point, Renderer } from "./renderer";

export const WORLD = { width: 16_000, height: 9_000 };
/** How large a rectangle has to be on the screen for what is in it to be drawn, and its name above that. */
const LEAST = { width: 54, group: 82, inner: 44 };
const ROW = { height: 15, width: 150, title: 20 };
const MOST_BUNDLES = 28;
const MOST_INNER = 260;
/** From so wide a group on its inner dependencies are drawn: from afar they would hide what they connect. */
const INNER_FROM = 900;
const STYLES: Record<EdgeKind, { colour: keyof Palette; dash?: readonly number[] }> = {
  depends: { colour: "soft" }, reads: { colour: "read", dash: [7, 4] }, writes: { colour: "write" }, references: { colour: "later", dash: [2, 4] },
};

export interface Transform extends Point {
  k: number;
}

export interface Looks {
  transform: Transform;
  width: number;
  height: number;
  ratio: number;
  palette: Palette;
  kinds: ReadonlySet<EdgeKind>;
  selected: NodeRef | null;
  hovered: NodeRef | null;
  /** Modules and tables to bring out, all others fade; null for all alike. */
  lit: ReadonlySet<number> | null;
  /** Only these modules and tables are there; null for all. */
  only: ReadonlySet<number> | null;
  path: readonly { source: number; target: number; kind: EdgeKind }[];
  closed: ReadonlySet<string>;
}

/** A bundle that is drawn, and the middle of its bend. */
interface Counted {
  bundle: Bundle;
  at: Point;
}

export class Scene {
  /** The rectangle of each group, module and table, by "kind number". */
  private readonly boxOf = new Map<string, number>();
  /** For each rectangle the number behind the last one within it. */
  private readonly end: number[];
  private readonly names: string[];

  constructor(private readonly model: Model, private readonly bundles: Bundled) {
    const { kind, number, parent } = model.document.boxes;
    this.end = kind.map((_, index) => index + 1);
    for (let index = kind.length - 1; index >= 0; index--) {
      if (kind[index] !== KIND.package) this.boxOf.set(`${kind[index]} ${number[index]}`, index);
      if (parent[index] >= 0) this.end[parent[index]] = Math.max(this.end[parent[index]], this.end[index]);
    }
    this.names = boxNames(model);
  }

  /** The part of the map a node takes. */
  world(node: NodeRef): Frame | null {
    const { functions } = this.model.document;
    const key = node.kind === "function" ? `${KIND.module} ${functions.module[node.number]}` : `${KIND[node.kind as "group"]} ${node.number}`;
    const index = this.boxOf.get(key);
    return index === undefined ? null : this.worldBox(index);
  }

  /** The smallest part of the map with every group that holds some modules and tables; null where it has none of them. */
  around(numbers: ReadonlySet<number>): Frame | null {
    const { kind } = this.model.document.boxes;
    const found = [...kind.keys()].filter((index) => kind[index] === KIND.group && this.holdsAny(index, numbers)).map((index) => this.worldBox(index));
    if (!found.length) return null;
    const x = Math.min(...found.map((box) => box.x)), y = Math.min(...found.map((box) => box.y));
    const right = Math.max(...found.map((box) => box.x + box.width)), bottom = Math.max(...found.map((box) => box.y + box.height));
    return { x, y, width: right - x, height: bottom - y };
  }

  private worldBox(index: number): Frame {
    const { x, y, width, height } = this.model.document.boxes;
    return { x: x[index], y: y[index], width: width[index], height: height[index] };
  }

  private screen(index: number, { k, x, y }: Transform): Frame {
    const box = this.worldBox(index);
    return { x: x + box.x * k, y: y + box.y * k, width: box.width * k, height: box.height * k };
  }

  draw(renderer: Renderer, looks: Looks): void {
    renderer.begin(looks.width, looks.height, looks.ratio);
    renderer.box({ x: 0, y: 0, width: looks.width, height: looks.height }, { fill: looks.palette.paper });
    const drawn = this.drawBoxes(renderer, looks);
    this.drawInner(renderer, looks, drawn);
    let counts: Counted[] = [];
    if (looks.path.length) this.drawEdges(renderer, looks, looks.path, 3);
    else if (looks.selected && looks.selected.kind !== "group") this.drawOwn(renderer, looks, looks.selected);
    else counts = this.drawBundles(renderer, looks);
    this.drawCounts(renderer, looks, counts, this.drawTitles(renderer, looks, drawn));
  }

  /** The names of groups, over the lines that would else hide them. */
  private drawTitles(renderer: Renderer, looks: Looks, drawn: ReadonlySet<number>): Frame[] {
    const { kind, number } = this.model.document.boxes, { palette } = looks;
    const titles: Frame[] = [];
    for (const index of drawn) {
      const frame = this.screen(index, looks.transform);
      if (kind[index] !== KIND.group || !this.isOpen(index, frame, looks)) continue;
      const alpha = this.alphaOf(index, looks), style = { colour: palette.ink, size: 13, bold: true, alpha };
      const name = this.names[index], mark = this.model.document.groups.service[number[index]] ? "◆ " : "", room = frame.width - 14;
      const shown = mark + (renderer.widthOf(mark + name, style) > room ? lastPart(name) : name);
      const width = Math.min(renderer.widthOf(shown, style), room), base = this.titleBase(frame);
      const title = { x: frame.x + 4, y: base - 13, width: width + 8, height: 17 };
      titles.push(title);
      renderer.box(title, { fill: palette.card, alpha: 0.85 * alpha });
      renderer.text(shown, { x: frame.x + 8, y: base }, room, style);
    }
    return titles;
  }

  private alphaOf(index: number, { lit }: Looks): number {
    return !lit || this.holdsAny(index, lit) ? 1 : 0.3;
  }

  /** Where the title of a group stands. */
  private titleBase(frame: Frame): number {
    return frame.y + Math.min(17, frame.height * 0.3);
  }

  /** Draws what is in sight; the rectangles that were drawn. */
  private drawBoxes(renderer: Renderer, looks: Looks): Set<number> {
    const drawn = new Set<number>();
    const { kind } = this.model.document.boxes;
    let title = 0;
    for (let index = 0; index < kind.length;) {
      const frame = this.screen(index, looks.transform);
      if (kind[index] === KIND.group) title = this.titleBase(frame);
      if (!inSight(frame, looks) || (looks.only && !this.holdsAny(index, looks.only))) {
        index = this.end[index];
        continue;
      }
      drawn.add(index);
      const open = this.isOpen(index, frame, looks);
      this.drawBox(renderer, looks, index, frame, open, title);
      index = open ? index + 1 : this.end[index];
    }
    return drawn;
  }

  /** The names of groups that one is so near to that their upper edges are out of sight: they stay at the edge of the window. */
  drawStuckTitles(renderer: Renderer, looks: Looks): void {
    const { kind } = this.model.document.boxes, style = { colour: looks.palette.ink, size: 13, bold: true };
    for (let index = 0; index < kind.length; index = this.end[index]) {
      const frame = this.screen(index, looks.transform);
      if (kind[index] !== KIND.group || frame.y >= 0 || frame.y + frame.height < 60 || !inSight(frame, looks) || (looks.only && !this.holdsAny(index, looks.only))) continue;
      const x = Math.max(frame.x, 0) + 8, width = renderer.widthOf(this.names[index], style);
      if (x + width > Math.min(frame.x + frame.width, looks.width)) continue;
      renderer.box({ x: x - 6, y: 4, width: width + 12, height: 22 }, { fill: looks.palette.card, stroke: looks.palette.line, radius: 4 });
      renderer.text(this.names[index], { x, y: 20 }, width + 4, style);
    }
  }

  private isOpen(index: number, frame: Frame, looks: Looks): boolean {
    if (this.end[index] === index + 1) return false;
    const isGroup = this.model.document.boxes.kind[index] === KIND.group;
    if (isGroup && looks.closed.has(this.names[index])) return false;
    return frame.width > LEAST.width && frame.height > (isGroup ? LEAST.group : LEAST.inner);
  }

  private holdsAny(index: number, only: ReadonlySet<number>): boolean {
    for (let inner = index; inner < this.end[index]; inner++) if (only.has(this.edgeNumber(inner))) return true;
    return false;
  }

  private edgeNumber(index: number): number {
    const { kind, number } = this.model.document.boxes;
    if (kind[index] === KIND.module) return number[index];
    return kind[index] === KIND.table ? this.model.moduleCount + number[index] : -1;
  }

  private drawBox(renderer: Renderer, looks: Looks, index: number, frame: Frame, open: boolean, title: number): void {
    const { palette } = looks, { kind } = this.model.document.boxes;
    const alpha = this.alphaOf(index, looks);
    const chosen = this.is(index, looks.selected), hovered = this.is(index, looks.hovered);
    const stroke = chosen || hovered ? palette.accent : kind[index] === KIND.group ? palette["strong-line"] : palette.line;
    const line = chosen ? 3 : hovered ? 2 : 1;
    const name = this.names[index];
    switch (kind[index]) {
      case KIND.group: {
        const service = this.model.document.groups.service[this.model.document.boxes.number[index]] === 1;
        renderer.box(frame, { fill: palette.card, stroke: service && !chosen ? palette.accent : stroke, line: service ? 2 : line, radius: 5, alpha });
        if (!open) centred(renderer, frame, lastPart(name), { colour: palette.ink, size: 12, bold: true, alpha });
        return;
      }
      case KIND.package:
        renderer.box(frame, { stroke, line, radius: 3, alpha });
        partName(renderer, frame, name, title, { colour: palette.soft, size: 10, bold: true, alpha });
        return;
      case KIND.store:
        renderer.box(frame, { fill: palette.store, radius: 4, alpha });
        partName(renderer, frame, "tables", title, { colour: palette.soft, size: 10, bold: true, alpha });
        return;
      case KIND.table:
        renderer.box(frame, { fill: palette.paper, stroke: chosen || hovered ? palette.accent : palette.read, line, radius: frame.width > 36 ? Math.min(8, frame.height / 3) : 0, alpha });
        if (frame.width > 30 && frame.height > 12) tableName(renderer, frame, name, { colour: palette.ink, size: frame.width > 70 ? 11 : 10, alpha });
        return;
      default:
        renderer.box(frame, { fill: palette.paper, stroke, line, alpha });
        if (frame.width > 30 && frame.height > 12) renderer.text(name, { x: frame.x + 5, y: frame.y + Math.min(frame.height / 2 + 4, 15) }, frame.width - 8, { colour: palette.ink, size: 11, bold: frame.height > 60, alpha });
        this.drawFunctions(renderer, looks, index, frame, alpha);
    }
  }

  private drawFunctions(renderer: Renderer, looks: Looks, index: number, frame: Frame, alpha: number): void {
    const { functions } = this.model.document;
    for (const { fn, cell, more } of this.cells(index, frame)) {
      if (!inSight(cell, looks)) continue;
      const chosen = this.isFunction(looks.selected, fn), hovered = this.isFunction(looks.hovered, fn);
      if (chosen || hovered) renderer.box(cell, { fill: looks.palette.mark, stroke: looks.palette.accent, alpha });
      const name = more ? `and ${more} more` : plain(functions.name[fn]);
      const colour = more || !functions.effect[fn] ? looks.palette.soft : looks.palette.ink;
      renderer.text(name, { x: cell.x + 4, y: cell.y + 11 }, cell.width - 8, { colour, size: 11, mono: !more, alpha });
    }
  }

  private isFunction(node: NodeRef | null, fn: number): boolean {
    return node?.kind === "function" && node.number === fn;
  }

  /** Where the functions of a module stand in its rectangle, when that is large enough to read them. */
  private *cells(index: number, frame: Frame): Generator<{ fn: number; cell: Frame; more: number }> {
    if (this.model.document.boxes.kind[index] !== KIND.module || frame.width < ROW.width || frame.height < ROW.title + 2 * ROW.height) return;
    const functions = this.model.functionsOf(this.model.document.boxes.number[index]);
    const columns = Math.max(1, Math.floor(frame.width / ROW.width)), rows = Math.floor((frame.height - ROW.title - 4) / ROW.height);
    const shown = Math.min(functions.length, columns * rows), width = (frame.width - 4) / columns;
    for (let place = 0; place < shown; place++) {
      const cell = { x: frame.x + 2 + Math.floor(place / rows) * width, y: frame.y + ROW.title + (place % rows) * ROW.height, width, height: ROW.height };
      const more = place === shown - 1 && functions.length > shown ? functions.length - shown + 1 : 0;
      yield { fn: functions[place], cell, more };
    }
  }

  private is(index: number, node: NodeRef | null): boolean {
    if (!node) return false;
    const { kind, number } = this.model.document.boxes;
    return number[index] === node.number && kind[index] === KIND[node.kind as "group"];
  }

  /** Lines between what lies in one group, once one is near it. */
  private drawInner(renderer: Renderer, looks: Looks, drawn: ReadonlySet<number>): void {
    const points: Record<EdgeKind, number[]> = { depends: [], reads: [], writes: [], references: [] };
    let room = MOST_INNER;
    for (const [group, edges] of this.bundles.inside) {
      const box = this.boxOf.get(`${KIND.group} ${group}`);
      if (box === undefined || !drawn.has(box) || this.screen(box, looks.transform).width < INNER_FROM) continue;
      for (const edge of edges) {
        if (!room) break;
        if (!looks.kinds.has(edge.kind) || (looks.lit && !(looks.lit.has(edge.source) && looks.lit.has(edge.target)))) continue;
        const from = this.endBox(edge.source), to = this.endBox(edge.target);
        if (from === undefined || to === undefined || !drawn.has(from) || !drawn.has(to)) continue;
        const a = this.screen(from, looks.transform), b = this.screen(to, looks.transform);
        const start = towards(a, middle(b)), stop = towards(b, middle(a));
        points[edge.kind].push(start.x, start.y, stop.x, stop.y);
        room -= 1;
      }
    }
    for (const kind of Object.keys(points) as EdgeKind[]) {
      if (points[kind].length) renderer.lines(points[kind], { colour: looks.palette[STYLES[kind].colour], width: 1, alpha: 0.4 });
    }
  }

  private endBox(number: number): number | undefined {
    const { moduleCount } = this.model;
    return this.boxOf.get(number < moduleCount ? `${KIND.module} ${number}` : `${KIND.table} ${number - moduleCount}`);
  }

  /** The bundles drawn: those of the chosen or touched group, else the strongest. */
  shownBundles(looks: Pick<Looks, "kinds" | "selected" | "hovered" | "lit" | "only">): Bundle[] {
    const group = looks.selected?.kind === "group" ? looks.selected.number : looks.hovered?.kind === "group" ? looks.hovered.number : -1;
    const own = this.bundles.between.filter((bundle) => looks.kinds.has(bundle.kind));
    if (group >= 0) return own.filter((bundle) => bundle.from === group || bundle.to === group);
    const share = Math.ceil(MOST_BUNDLES / (looks.kinds.size || 1));
    const seen = new Map<EdgeKind, number>();
    return own.filter(({ kind }) => {
      const before = seen.get(kind) ?? 0;
      seen.set(kind, before + 1);
      return before < share;
    });
  }

  /** Draws the arrows; gives each with the middle of its bend, where its count belongs, the strongest first. */
  private drawBundles(renderer: Renderer, looks: Looks): Counted[] {
    const shown = this.shownBundles(looks);
    const most = new Map<EdgeKind, number>();
    for (const { kind, count } of shown) most.set(kind, Math.max(most.get(kind) ?? 1, count));
    const fade = looks.lit ? 0.25 : 1;
    const drawn: Counted[] = [];
    for (const bundle of [...shown].reverse()) {
      const from = this.boxOf.get(`${KIND.group} ${bundle.from}`), to = this.boxOf.get(`${KIND.group} ${bundle.to}`);
      if (from === undefined || to === undefined) continue;
      const a = this.screen(from, looks.transform), b = this.screen(to, looks.transform);
      if (!inSight(a, looks) && !inSight(b, looks)) continue;
      const strength = Math.sqrt(bundle.count / most.get(bundle.kind)!);
      const at = this.bent(renderer, looks, a, b, bundle.kind, 1.2 + 4 * strength, (0.3 + 0.45 * strength) * fade);
      drawn.push({ bundle, at });
    }
    return drawn.reverse();
  }

  private drawCounts(renderer: Renderer, looks: Looks, counts: readonly Counted[], titles: readonly Frame[]): void {
    const labels: Frame[] = [];
    for (const { bundle, at } of counts) this.drawCount(renderer, looks, bundle, at, labels, titles);
  }

  private drawCount(renderer: Renderer, { palette, lit }: Looks, bundle: Bundle, at: Point, labels: Frame[], titles: readonly Frame[]): void {
    const style = { colour: palette[STYLES[bundle.kind].colour], size: 11, bold: true };
    const text = String(bundle.count), width = renderer.widthOf(text, style);
    const frame = uncovered({ x: at.x - width / 2 - 4, y: at.y - 8, width: width + 8, height: 16 }, titles);
    if (lit || labels.some((other) => overlap(other, frame))) return;
    labels.push(frame);
    renderer.box(frame, { fill: palette.paper, stroke: style.colour, radius: 7 });
    renderer.text(text, { x: frame.x + 4, y: frame.y + 12 }, width + 2, style);
  }

  private drawOwn(renderer: Renderer, looks: Looks, node: NodeRef): void {
    const number = node.kind === "function" ? this.model.document.functions.module[node.number] : this.model.edgeNumber(node);
    const own = [...this.model.edgesFrom(number), ...this.model.edgesTo(number)].filter((edge) => looks.kinds.has(edge.kind));
    this.drawEdges(renderer, looks, own.slice(0, 150), 1.6);
  }

  private drawEdges(renderer: Renderer, looks: Looks, edges: Looks["path"], width: number): void {
    for (const edge of edges) {
      const from = this.endBox(edge.source), to = this.endBox(edge.target);
      if (from === undefined || to === undefined) continue;
      const a = this.screen(from, looks.transform), b = this.screen(to, looks.transform);
      if (inSight(a, looks) || inSight(b, looks)) this.bent(renderer, looks, a, b, edge.kind, width, 0.85);
    }
  }

  /** An arrow from one rectangle to another, bent to its left; the middle of the bend. */
  private bent(renderer: Renderer, looks: Looks, a: Frame, b: Frame, kind: EdgeKind, width: number, alpha: number): Point {
    const from = towards(a, middle(b)), to = towards(b, middle(a));
    const bend = { x: (from.x + to.x) / 2 - (to.y - from.y) * 0.16, y: (from.y + to.y) / 2 + (to.x - from.x) * 0.16 };
    const { colour, dash } = STYLES[kind];
    renderer.arrow(from, bend, to, { colour: looks.palette[colour], width, alpha, ...(dash && { dash }) });
    return { x: (from.x + 2 * bend.x + to.x) / 4, y: (from.y + 2 * bend.y + to.y) / 4 };
  }

  /** The innermost node that is drawn at a point of the screen. */
  at(point: Point, looks: Pick<Looks, "transform" | "closed" | "only" | "width" | "height">): NodeRef | null {
    const { kind, number } = this.model.document.boxes;
    let found: NodeRef | null = null;
    for (let index = 0; index < kind.length;) {
      const frame = this.screen(index, looks.transform);
      if (!contains(frame, point) || (looks.only && !this.holdsAny(index, looks.only))) {
        index = this.end[index];
        continue;
      }
      if (kind[index] === KIND.group) found = { kind: "group", number: number[index] };
      if (kind[index] === KIND.module) found = this.functionAt(index, frame, point) ?? { kind: "module", number: number[index] };
      if (kind[index] === KIND.table) found = { kind: "table", number: number[index] };
      index = this.isOpen(index, frame, looks as Looks) ? index + 1 : this.end[index];
    }
    return found;
  }

  private functionAt(index: number, frame: Frame, point: Point): NodeRef | null {
    for (const { fn, cell, more } of this.cells(index, frame)) if (!more && contains(cell, point)) return { kind: "function", number: fn };
    return null;
  }

  /** The nearest node of the same kind in a direction: what an arrow key goes to. */
  beside(node: NodeRef, dx: number, dy: number): NodeRef {
    const kind = node.kind === "function" ? KIND.module : KIND[node.kind as "group"];
    const own = this.world(node), { boxes } = this.model.document;
    if (!own) return node;
    const here = middle(own);
    let best = node, least = Infinity;
    for (let index = 0; index < boxes.kind.length; index++) {
      if (boxes.kind[index] !== kind) continue;
      const there = middle(this.worldBox(index));
      const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
      const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      if (along <= 1 || along + 2 * aside >= least) continue;
      least = along + 2 * aside;
      best = { kind: node.kind === "function" ? "module" : node.kind, number: boxes.number[index] };
    }
    return best;
  }
}
