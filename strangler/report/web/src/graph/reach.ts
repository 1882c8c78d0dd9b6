// What depends on what, directly or through others: over modules and tables, by the numbers edges give them.

import type { Edge, Model, NodeRef } from "../data/model";

/** The modules and tables that a node stands for. */
export function members(model: Model, node: NodeRef): number[] {
  const { modules, tables, functions } = model.document;
  switch (node.kind) {
    case "group":
      return [
        ...modules.group.flatMap((group, module) => (group === node.number ? [module] : [])),
        ...tables.group.flatMap((group, table) => (group === node.number ? [model.moduleCount + table] : [])),
      ];
    case "function":
      return functions.module[node.number] < 0 ? [] : [functions.module[node.number]];
    case "module":
    case "table":
      return [model.edgeNumber(node)];
    default:
      return [];
  }
}

/** How many steps away is what a node needs ("out") or what needs it ("in"); its own members are 0 away. */
export function impact(model: Model, node: NodeRef, direction: "in" | "out"): Map<number, number> {
  const found = new Map(members(model, node).map((number) => [number, 0]));
  for (const [number, distance] of found) {
    const next = direction === "out" ? model.edgesFrom(number).map((edge) => edge.target) : model.edgesTo(number).map((edge) => edge.source);
    for (const other of next) if (!found.has(other)) found.set(other, distance + 1);
  }
  return found;
}

/** A shortest way along dependencies from one node to another; null where there is none. */
export function pathBetween(model: Model, from: NodeRef, to: NodeRef): Edge[] | null {
  const goals = new Set(members(model, to));
  const cameBy = new Map<number, Edge | null>(members(model, from).map((number) => [number, null]));
  for (const number of cameBy.keys()) {
    if (goals.has(number)) return backwards(number, cameBy);
    for (const edge of model.edgesFrom(number)) if (!cameBy.has(edge.target)) cameBy.set(edge.target, edge);
  }
  return null;
}

function backwards(end: number, cameBy: Map<number, Edge | null>): Edge[] {
  const path: Edge[] = [];
  for (let edge = cameBy.get(end); edge; edge = cameBy.get(edge.source)) path.unshift(edge);
  return path;
}

/** Who calls some functions, directly or through others, nearest first, each with the one it calls on the way. */
export function callersOf(model: Model, functions: readonly number[]): { fn: number; through: number }[] {
  const seen = new Set(functions), found: { fn: number; through: number }[] = [];
  const order = [...seen];
  for (const through of order) {
    for (const fn of model.callersOf(through)) {
      if (seen.has(fn)) continue;
      seen.add(fn);
      order.push(fn);
      found.push({ fn, through });
    }
  }
  return found;
}

/** A node with everything that is one step away from it. */
export function neighbourhood(model: Model, node: NodeRef): Set<number> {
  const own = members(model, node), found = new Set(own);
  for (const number of own) {
    for (const edge of model.edgesFrom(number)) found.add(edge.target);
    for (const edge of model.edgesTo(number)) found.add(edge.source);
  }
  return found;
}
