// What the address asks the map to bring out, and the letters it says the kinds of edges by.

import type { EdgeKind } from "../data/document";
import type { Edge, NodeRef } from "../data/model";
import type { Found } from "../graph/find";

export const EDGE_LETTERS: readonly { letter: string; kind: EdgeKind; name: string; sign: string }[] = [
  { letter: "d", kind: "depends", name: "imports, calls", sign: "━━" },
  { letter: "r", kind: "reads", name: "reads", sign: "╍╍" },
  { letter: "w", kind: "writes", name: "writes", sign: "━━" },
  { letter: "f", kind: "references", name: "foreign keys", sign: "┈┈" },
];

/** What the address says is brought out. */
export interface Asked {
  selected: NodeRef | null;
  impacted: Map<number, number> | null;
  path: Edge[] | null;
  kinds: Set<EdgeKind>;
  find: Found;
}
