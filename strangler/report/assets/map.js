"use strict";
// The map: apps as rectangles, their modules and tables inside; lines between apps stand for many dependencies.
const MAP = { width: 1600, title: 22, gap: 6 };
const EDGE_COLOURS = { depends: "--soft", reads: "--read", writes: "--write", references: "--later" };
const EDGE_NAMES = { depends: "imports and calls", reads: "reads of tables", writes: "writes to tables", references: "foreign keys" };

function mapView(data) {
  const canvas = element("canvas", { tabIndex: 0, ariaLabel: "Map of apps, modules and tables" });
  const aside = element("aside", {});
  const drawing = element("div", { className: "drawing" }, canvas);
  const map = new SystemMap(data, canvas, aside);
  new ResizeObserver(() => map.resize(drawing.clientWidth, drawing.clientHeight)).observe(drawing);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.draw());
  return element("div", { className: "board" }, drawing, aside);
}

class SystemMap {
  constructor(data, canvas, aside) {
    this.data = data; this.canvas = canvas; this.aside = aside;
    this.view = { x: 0, y: 0, scale: 1 };
    this.kinds = { depends: true, reads: false, writes: true, references: false };
    this.chosen = null;
    this.nodes = [
      ...data.modules.map((module) => ({ ...module, table: false, label: module.name, area: 40 + module.lines })),
      ...data.tables.map((table) => ({ ...table, table: true, label: table.name, area: 0 })),
    ];
    this.nodes.forEach((node, index) => { node.number = index; });
    this.group();
    this.bundles = this.bundled();
    this.listen();
    this.describe();
  }

  group() {
    const apps = new Map();
    for (const node of this.nodes) {
      const name = node.app || "tables without a model";
      if (!apps.has(name)) apps.set(name, { name, nodes: [] });
      apps.get(name).nodes.push(node);
    }
    const linesInAll = this.nodes.reduce((sum, node) => sum + node.area, 0);
    for (const node of this.nodes) if (node.table) node.area = (0.15 * linesInAll) / this.data.tables.length || 1;
    this.apps = [...apps.values()];
    for (const app of this.apps) {
      app.area = app.nodes.reduce((sum, node) => sum + node.area, 0);
      app.nodes.forEach((node) => { node.owner = app; });
    }
  }

  layOut(height) {
    const least = 0.006 * this.apps.reduce((sum, app) => sum + app.area, 0);
    for (const { item, ...box } of squarified(this.apps, (app) => Math.max(app.area, least), { x: 0, y: 0, width: MAP.width, height })) {
      item.box = shrunk(box, MAP.gap / 2);
      const inside = shrunk({ ...item.box, y: item.box.y + MAP.title - 3, height: Math.max(4, item.box.height - MAP.title + 3) }, 3);
      for (const { item: node, ...nodeBox } of squarified(item.nodes, (node) => node.area, inside)) {
        node.box = shrunk(nodeBox, 1);
      }
    }
  }

  bundled() {
    const bundles = new Map();
    for (const edge of this.data.edges) {
      const from = this.nodes[edge.source].owner, to = this.nodes[edge.target].owner;
      if (from === to) continue;
      const key = `${edge.kind} ${this.apps.indexOf(from)} ${this.apps.indexOf(to)}`;
      const bundle = bundles.get(key) || { from, to, kind: edge.kind, count: 0 };
      bundle.count += edge.count;
      bundles.set(key, bundle);
    }
    return [...bundles.values()].sort((a, b) => b.count - a.count);
  }

  resize(width, height) {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.ratio = ratio;
    const scale = (0.98 * width) / MAP.width;
    this.view = { scale, x: 0.01 * width, y: 0.01 * width };
    this.layOut((height - 0.02 * width) / scale);
    this.draw();
  }

  colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  draw() {
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.colours = Object.fromEntries(["--paper", "--card", "--line", "--ink", "--soft", "--link", "--mark", "--read", "--write", "--later"].map((name) => [name, this.colour(name)]));
    const near = this.neighbours();
    for (const app of this.apps) this.drawApp(context, app, near);
    if (this.chosen) this.drawOwnEdges(context);
    else this.drawBundles(context);
    for (const app of this.apps) this.drawTitle(context, app);
  }

  screen(box) {
    const { x, y, scale } = this.view;
    return { x: x + box.x * scale, y: y + box.y * scale, width: box.width * scale, height: box.height * scale };
  }

  drawApp(context, app, near) {
    const box = this.screen(app.box);
    context.fillStyle = this.colours["--card"];
    context.strokeStyle = this.colours["--line"];
    context.fillRect(box.x, box.y, box.width, box.height);
    context.strokeRect(box.x, box.y, box.width, box.height);
    for (const node of app.nodes) this.drawNode(context, node, near);
  }

  drawNode(context, node, near) {
    const box = this.screen(node.box);
    if (box.width < 1 || box.height < 1) return;
    const chosen = node === this.chosen;
    context.globalAlpha = near && !near.has(node.number) ? 0.35 : 1;
    context.fillStyle = chosen ? this.colours["--link"] : node.table ? this.colours["--mark"] : this.colours["--paper"];
    context.strokeStyle = node.table ? this.colours["--read"] : this.colours["--line"];
    context.beginPath();
    context.roundRect(box.x, box.y, box.width, box.height, node.table ? Math.min(8, box.height / 3, box.width / 3) : 2);
    context.fill();
    context.stroke();
    if (box.width > 34 && box.height > 13) {
      context.fillStyle = chosen ? this.colours["--paper"] : this.colours["--ink"];
      context.font = "11px system-ui, sans-serif";
      const name = node.table ? node.label : shortName(node);
      context.fillText(fitted(context, name, box.width - 8), box.x + 4, box.y + Math.min(box.height / 2 + 4, 14));
    }
    context.globalAlpha = 1;
  }

  drawTitle(context, app) {
    const box = this.screen(app.box);
    if (box.width < 30 || box.height < 16) return;
    context.fillStyle = this.colours["--ink"];
    context.font = "600 12px system-ui, sans-serif";
    const room = box.width - 10, fits = context.measureText(app.name).width <= room;
    context.fillText(fitted(context, fits ? app.name : app.name.split(".").pop(), room), box.x + 5, box.y + 14);
  }

  drawBundles(context) {
    const shown = this.bundles.filter((bundle) => this.kinds[bundle.kind]).slice(0, 90);
    const most = Math.max(1, ...shown.map((bundle) => bundle.count));
    for (const bundle of shown.reverse()) {
      const strength = Math.sqrt(bundle.count / most);
      const from = this.screen(bundle.from.box), to = this.screen(bundle.to.box);
      this.drawCurve(context, towards(from, middle(to)), towards(to, middle(from)), bundle.kind, 0.8 + 7 * strength, 0.25 + 0.5 * strength, bundle.count);
    }
  }

  drawOwnEdges(context) {
    for (const edge of this.ownEdges()) {
      const from = this.screen(this.nodes[edge.source].box), to = this.screen(this.nodes[edge.target].box);
      this.drawCurve(context, towards(from, middle(to)), towards(to, middle(from)), edge.kind, 1.5, 0.85, 0);
    }
  }

  drawCurve(context, from, to, kind, width, alpha, count) {
    const bend = { x: (from.x + to.x) / 2 - (to.y - from.y) * 0.14, y: (from.y + to.y) / 2 + (to.x - from.x) * 0.14 };
    context.globalAlpha = alpha;
    context.strokeStyle = context.fillStyle = this.colours[EDGE_COLOURS[kind]];
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.quadraticCurveTo(bend.x, bend.y, to.x, to.y);
    context.stroke();
    const angle = Math.atan2(to.y - bend.y, to.x - bend.x), size = 5 + width;
    context.beginPath();
    context.moveTo(to.x, to.y);
    context.lineTo(to.x - size * Math.cos(angle - 0.4), to.y - size * Math.sin(angle - 0.4));
    context.lineTo(to.x - size * Math.cos(angle + 0.4), to.y - size * Math.sin(angle + 0.4));
    context.fill();
    context.lineWidth = 1;
    context.globalAlpha = 1;
    if (count > 9 && width > 2.5) {
      context.font = "600 11px system-ui, sans-serif";
      const x = (from.x + 2 * bend.x + to.x) / 4, y = (from.y + 2 * bend.y + to.y) / 4, text = figure(count);
      const wide = context.measureText(text).width;
      context.fillStyle = this.colours["--paper"];
      context.fillRect(x - wide / 2 - 3, y - 8, wide + 6, 15);
      context.fillStyle = this.colours[EDGE_COLOURS[kind]];
      context.fillText(text, x - wide / 2, y + 3);
    }
  }

  ownEdges() {
    return this.data.edges.filter((edge) => this.kinds[edge.kind] && (edge.source === this.chosen.number || edge.target === this.chosen.number));
  }

  neighbours() {
    if (!this.chosen) return null;
    return new Set([this.chosen.number, ...this.ownEdges().flatMap((edge) => [edge.source, edge.target])]);
  }

  choose(node) {
    this.chosen = node;
    this.describe();
    this.draw();
  }

  describe() {
    const kinds = Object.entries(EDGE_NAMES).map(([kind, name]) => element("label", {},
      element("input", { type: "checkbox", checked: this.kinds[kind], onchange: (event) => { this.kinds[kind] = event.target.checked; this.describe(); this.draw(); } }),
      element("span", { className: { depends: "soft", reads: "read", writes: "write", references: "later" }[kind] }, "━━"), name));
    const parts = [element("h2", {}, "Lines"), kinds];
    if (this.chosen) parts.push(...this.describeChosen());
    else {
      parts.push(element("h2", {}, "Strongest between apps"), element("ul", {}, this.bundles.filter((bundle) => this.kinds[bundle.kind]).slice(0, 25).map((bundle) =>
        element("li", {}, element("span", {}, `${bundle.from.name} → ${bundle.to.name} `, element("span", { className: "soft" }, bundle.kind)), figure(bundle.count)))),
      element("p", { className: "soft" }, "Click a module or table to see its own lines; drag to move, turn the wheel to come nearer."));
    }
    this.aside.replaceChildren(...parts.flat());
  }

  describeChosen() {
    const node = this.chosen, edges = this.ownEdges().sort((a, b) => b.count - a.count);
    const side = (title, found, end) => [element("h2", {}, `${title} (${found.length})`), element("ul", {}, found.map((edge) =>
      element("li", {}, element("span", {}, nodeLink(this.data, edge[end]), element("span", { className: "soft" }, ` ${edge.kind}`)), figure(edge.count))))];
    return [element("h2", {}, nodeLink(this.data, node.number)),
      element("button", { onclick: () => this.choose(null) }, "Back to all apps"),
      ...side("Depends on", edges.filter((edge) => edge.source === node.number), "target"),
      ...side("Depended on by", edges.filter((edge) => edge.target === node.number), "source")];
  }

  at(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const x = (event.clientX - left - this.view.x) / this.view.scale, y = (event.clientY - top - this.view.y) / this.view.scale;
    return this.nodes.find(({ box }) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) || null;
  }

  listen() {
    let grip = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      grip = { x: event.clientX, y: event.clientY, moved: false };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!grip) { this.canvas.title = this.at(event)?.label || ""; return; }
      const dx = event.clientX - grip.x, dy = event.clientY - grip.y;
      if (!grip.moved && Math.hypot(dx, dy) < 4) return;
      this.view.x += dx; this.view.y += dy;
      grip = { x: event.clientX, y: event.clientY, moved: true };
      this.draw();
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (grip && !grip.moved) this.choose(this.at(event));
      grip = null;
    });
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { left, top } = this.canvas.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * 0.0015), x = event.clientX - left, y = event.clientY - top;
      this.view = { scale: this.view.scale * factor, x: x - (x - this.view.x) * factor, y: y - (y - this.view.y) * factor };
      this.draw();
    }, { passive: false });
  }
}

function shrunk({ x, y, width, height }, by) {
  return { x: x + by, y: y + by, width: Math.max(0.5, width - 2 * by), height: Math.max(0.5, height - 2 * by) };
}

function middle({ x, y, width, height }) {
  return { x: x + width / 2, y: y + height / 2 };
}

// Where the line from the middle of a box to a point leaves the inner part of the box.
function towards(box, point) {
  const { x, y } = middle(box), dx = point.x - x, dy = point.y - y;
  const share = 0.8 * Math.min(0.5, Math.abs(box.width / 2 / (dx || 1e-9)), Math.abs(box.height / 2 / (dy || 1e-9)));
  return { x: x + dx * share, y: y + dy * share };
}

function shortName(node) {
  return node.label.startsWith(`${node.app}.`) ? node.label.slice(node.app.length + 1) : node.label.split(".").pop();
}

function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let length = Math.max(1, Math.floor((text.length * width) / context.measureText(text).width) - 1);
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
