// The outermost rectangles of the map, as large as the code in them: a way into the graph.

import { KIND, lastPart } from "../canvas/boxes";
import { WORLD } from "../canvas/scene";
import type { Model } from "../data/model";
import { Go, isolated } from "../parts/basics";

/** In hundredths of the map; a name is shown where there is room for it. */
const LEAST = { width: 9, height: 7 };

export function SmallMap({ model }: { model: Model }) {
  const { boxes, groups } = model.document;
  const own = [...boxes.kind.keys()].filter((index) => boxes.kind[index] === KIND.group);
  if (!own.length) return null;
  return (
    <Go to={{ view: "graph" }} class="small-map">
      <span class="map" aria-hidden="true">{own.map((index) => {
        const [left, width] = [boxes.x[index], boxes.width[index]].map((value) => (100 * value) / WORLD.width);
        const [top, height] = [boxes.y[index], boxes.height[index]].map((value) => (100 * value) / WORLD.height);
        const name = groups.name[boxes.number[index]];
        return <i class={groups.service[boxes.number[index]] ? "service" : ""} style={{ left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` }}>
          {width > LEAST.width && height > LEAST.height && isolated(lastPart(name))}</i>;
      })}</span>
      <span>The map: apps by their size. Open the graph →</span>
    </Go>
  );
}
