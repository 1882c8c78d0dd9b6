// What the rectangles of the map stand for, and what they are called.

import type { Model } from "../data/model";
import { plain } from "../data/plain";

export const KIND = { group: 0, package: 1, store: 2, module: 3, table: 4 } as const;

/** The name of each rectangle, short where what is around it says the rest. */
export function boxNames(model: Model): string[] {
  const { boxes, groups, modules, tables } = model.document, prefixOf = prefixes(tables);
  const nameOf = (index: number): string => {
    const number = boxes.number[index];
    switch (boxes.kind[index]) {
      case KIND.group: return groups.name[number];
      case KIND.store: return "tables";
      case KIND.table: return tables.name[number].slice(prefixOf.get(tables.group[number])?.length ?? 0);
      case KIND.package: return lastPart(model.string(boxes.name[index]));
      default: return boxes.parent[index] >= 0 ? lastPart(modules.name[number]) : modules.name[number];
    }
  };
  return boxes.kind.map((_, index) => plain(nameOf(index)));
}

/** By group: what the names of its tables all begin with, up to an underscore; "" for a table alone. */
function prefixes({ name, group }: { name: string[]; group: number[] }): Map<number, string> {
  const found = new Map<number, string>(), first = new Map<number, string>();
  name.forEach((own, table) => {
    const other = first.get(group[table]);
    if (other === undefined) return first.set(group[table], own);
    const known = found.get(group[table]) ?? other;
    let length = 0;
    while (length < known.length && known[length] === own[length]) length++;
    return found.set(group[table], known.slice(0, known.lastIndexOf("_", length - 1) + 1));
  });
  return found;
}

export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
