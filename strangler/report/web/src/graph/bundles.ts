// Dependencies between groups, all of one kind and direction as one.

import type { EdgeKind } from "../data/document";
import type { Edge, Model } from "../data/model";

export interface Bundle {
  from: number;
  to: number;
  kind: EdgeKind;
  count: number;
  /** The place of its strongest dependency. */
  place: string;
  strongest: number;
}

export interface Bundled {
  /** Strongest first. */
  between: Bundle[];
  /** The edges that stay within a group, by group, strongest first. */
  inside: Map<number, Edge[]>;
}

export function bundled(model: Model): Bundled {
  const between = new Map<string, Bundle>();
  const inside = new Map<number, Edge[]>();
  for (const edge of model.edges) {
    const from = model.groupOf(model.end(edge.source)), to = model.groupOf(model.end(edge.target));
    if (from === to) {
      const list = inside.get(from);
      if (list) list.push(edge);
      else inside.set(from, [edge]);
      continue;
    }
    const key = `${from} ${to} ${edge.kind}`;
    const bundle = between.get(key);
    if (!bundle) between.set(key, { from, to, kind: edge.kind, count: edge.count, place: edge.place, strongest: edge.count });
    else {
      bundle.count += edge.count;
      if (edge.count > bundle.strongest) Object.assign(bundle, { strongest: edge.count, place: edge.place });
    }
  }
  for (const list of inside.values()) list.sort((a, b) => b.count - a.count);
  return { between: [...between.values()].sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to), inside };
}
