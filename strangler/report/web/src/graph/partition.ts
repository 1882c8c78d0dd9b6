// An order of things that depend on each other in which as few dependencies as possible point backwards: what is needed
// stands before what needs it, and what needs each other stands together.

export interface Matrix {
  /** What the rows and columns stand for: numbers of groups, or of modules. */
  items: number[];
  /** The number of the ring that each item is in, -1 for none, in the order of `items`. */
  ring: number[];
  /** How often one item needs another, by "row column" in the order of `items`. */
  cells: Map<string, number>;
}

/** Puts items into the order of the strong components of "needs" (Tarjan, 1972), those that are needed first. */
export function partitioned(items: number[], needs: Map<number, Map<number, number>>): Matrix {
  const components = strongComponents(items, needs);
  const order = components.flat();
  const at = new Map(order.map((item, position) => [item, position]));
  const ring: number[] = [];
  let rings = 0;
  for (const component of components) {
    const number = component.length > 1 ? rings++ : -1;
    ring.push(...component.map(() => number));
  }
  const cells = new Map<string, number>();
  for (const [from, targets] of needs) {
    for (const [to, count] of targets) {
      if (from !== to && at.has(from) && at.has(to)) cells.set(`${at.get(from)} ${at.get(to)}`, count);
    }
  }
  return { items: order, ring, cells };
}

/** Those who need each other, each after those it needs. */
export function strongComponents(items: number[], needs: Map<number, Map<number, number>>): number[][] {
  const order = new Map<number, number>(), low = new Map<number, number>(), open = new Set<number>();
  const stack: number[] = [], found: number[][] = [], own = new Set(items);
  const enter = (node: number) => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    stack.push(node);
    open.add(node);
    return { node, rest: [...(needs.get(node)?.keys() ?? [])].filter((other) => own.has(other)) };
  };
  for (const root of items) {
    if (order.has(root)) continue;
    const path = [enter(root)];
    while (path.length) {
      const { node, rest } = path.at(-1)!;
      const next = rest.pop();
      if (next !== undefined) {
        if (!order.has(next)) path.push(enter(next));
        else if (open.has(next)) low.set(node, Math.min(low.get(node)!, order.get(next)!));
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(node)!));
      if (low.get(node) === order.get(node)) {
        const component = stack.splice(stack.indexOf(node));
        component.forEach((member) => open.delete(member));
        found.push(component.sort((a, b) => a - b));
      }
    }
  }
  return found;
}
