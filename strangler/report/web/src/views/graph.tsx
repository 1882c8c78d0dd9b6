// The map, or its table twin: groups, modules, tables and functions with what depends on what.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Scene } from "../canvas/scene";
import type { Model } from "../data/model";
import { bundled } from "../graph/bundles";
import { find, FILTER_NAMES } from "../graph/find";
import { impact, neighbourhood, pathBetween } from "../graph/reach";
import { counted } from "../parts/basics";
import { Search } from "../parts/search";
import { go, place } from "../place/store";
import { type Asked, EDGE_LETTERS } from "./asked";
import { Board } from "./board";
import { GraphLists } from "./graph_lists";

export function Graph({ model }: { model: Model }) {
  const { sel, to, impact: direction, edges, list, focus, find: expression } = place.value;
  const [picking, setPicking] = useState(false);
  const bundles = useMemo(() => bundled(model), [model]), scene = useMemo(() => new Scene(model, bundles), [model]);
  const asked: Asked = useMemo(() => {
    const selected = model.find(sel), goal = model.find(to);
    return {
      selected,
      impacted: selected && direction ? impact(model, selected, direction) : null,
      path: selected && goal ? pathBetween(model, selected, goal) : null,
      kinds: new Set(EDGE_LETTERS.filter(({ letter }) => edges.includes(letter)).map(({ kind }) => kind)),
      find: find(model, expression),
    };
  }, [model, sel, to, direction, edges, expression]);
  return (
    <div class="board">
      <div class="tools" role="toolbar" aria-label="Graph">
        {EDGE_LETTERS.map(({ letter, kind, name, sign }) => (
          <label><input type="checkbox" checked={edges.includes(letter)} onChange={() => go({ edges: edges.includes(letter) ? edges.replace(letter, "") : edges + letter }, true)} />
            <span class={kind} aria-hidden="true">{sign}</span> {name}</label>))}
        <button type="button" aria-pressed={list} onClick={() => go({ list: !list })}>As a list</button>
        {!list && <button type="button" onClick={() => go({ zoom: "" }, true)}>Fit <kbd>f</kbd></button>}
        {asked.selected && <button type="button" onClick={() => setPicking(true)}>Path to …</button>}
        {focus && <button type="button" onClick={() => go({ focus: "", zoom: "" })}>End focus</button>}
        <input type="search" class="finder" aria-label="Find and hide" title={FINDER_HELP} placeholder="find -hide table: writes: lines&gt;300" value={expression}
          onInput={(event) => go({ find: event.currentTarget.value }, true)} />
        <span class="soft" role="status">{said(model, asked, to) || (!list && !sel && "Click pins, double-click comes near")}</span>
      </div>
      {list ? <GraphLists model={model} bundles={bundles} asked={asked} /> : <Map model={model} scene={scene} asked={asked} />}
      {picking && <Search model={model} close={() => setPicking(false)} pick={(id) => go({ to: id, impact: "" })} />}
    </div>
  );
}

const FINDER_HELP = `Words are parts of names; a minus hides. Also ${FILTER_NAMES.map((name) => `${name}:NAME`).join(", ")}, lines>300 and lines<50.`;

function said(model: Model, { impacted, path, find: { found, left, unknown } }: Asked, to: string): string {
  if (unknown.length) return `there is no ${unknown.join(", ")}; ${FINDER_HELP}`;
  if (impacted) {
    const numbers = [...impacted].filter(([, distance]) => distance > 0).map(([number]) => number);
    return `${amount(model, numbers)} in ${place.value.impact === "out" ? "what it needs" : "what needs it"}`;
  }
  if (to) return path ? `a path of ${counted(path.length, "step")}` : "no path leads there";
  if (found) return `${amount(model, found)} found`;
  return left ? `${amount(model, left)} left` : "";
}

function amount(model: Model, numbers: Iterable<number>): string {
  const all = [...numbers], modules = all.filter((number) => number < model.moduleCount).length;
  return `${counted(modules, "module")} and ${counted(all.length - modules, "table")}`;
}

function both(a: Set<number> | null, b: Set<number> | null): Set<number> | null {
  return a && b ? new Set([...a].filter((number) => b.has(number))) : a ?? b;
}

function Map({ model, scene, asked }: { model: Model; scene: Scene; asked: Asked }) {
  const holder = useRef<HTMLDivElement>(null), canvas = useRef<HTMLCanvasElement>(null);
  const board = useRef<Board | null>(null);
  const { closed, focus, zoom, theme } = place.value;
  const around = useMemo(() => {
    const focused = model.find(focus);
    return focused && neighbourhood(model, focused);
  }, [model, focus]);
  const looks = {
    kinds: asked.kinds, selected: asked.selected, closed: new Set(closed),
    lit: asked.path ? new Set(asked.path.flatMap(({ source, target }) => [source, target])) : asked.impacted ? new Set(asked.impacted.keys()) : asked.find.found,
    only: both(around, asked.find.left),
    path: asked.path ?? [],
  };
  // Before the map is painted: who sees it can press a key.
  useLayoutEffect(() => {
    const made = new Board(model, scene, canvas.current!, holder.current!);
    board.current = made;
    return () => made.leave();
  }, [model]);
  useEffect(() => board.current?.show(looks), [asked, closed, focus, theme]);
  useEffect(() => board.current?.goTo(zoom, around), [zoom, asked, around]);
  const help = "Map. Arrow keys go to the rectangle beside, Enter comes near it, plus and minus zoom, f fits all. The same as a list: the button As a list.";
  return <div class="drawing" ref={holder}><canvas ref={canvas} tabIndex={0} role="img" aria-label={help} onKeyDown={(event) => board.current?.press(event)} /></div>;
}
