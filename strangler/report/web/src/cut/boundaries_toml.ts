// A what-if as the boundaries.toml that `strangler suggest` reads (strangler_analyzers.boundaries.constraints_file).

import type { Model } from "../data/model";
import { plain } from "../data/plain";
import { REST, SHARED, type Shares } from "./shares";

/** What differs from one big monolith; tables moved back into the rest are kept apart from the service they were of. */
export function boundariesToml(model: Model, declared: Shares, shares: Shares): string {
  const { tables, modules } = model.document;
  const byName = (entries: Iterable<[number, string]>, names: string[]) =>
    [...entries].map(([number, service]) => [names[number], service] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const labels = byName([...shares.tables].filter((entry): entry is [number, string] => entry[1] !== null && entry[1] !== REST), tables.name);
  const pins = byName([...shares.pins].filter(([, service]) => service !== REST), modules.name);
  const shared = byName([...shares.tables].flatMap(([table, service]) => (service === null ? [[table, SHARED] as [number, string]] : [])), tables.name);
  const apart = [...shares.tables].flatMap(([table, service]) => {
    const before = declared.tables.get(table);
    if (service !== REST || !before || before === REST) return [];
    const left = [...shares.tables].find(([, other]) => other === before);
    return left ? [[tables.name[table], tables.name[left[0]]]] : [];
  });
  const lines: string[] = [];
  if (shared.length) lines.push(`shared = [${shared.map(([name]) => text(name)).join(", ")}]`);
  if (apart.length) lines.push(`cannot_link = [${apart.map((pair) => `[${pair.map(text).join(", ")}]`).join(", ")}]`);
  for (const [section, rows] of [["labels", labels], ["pins", pins]] as const) {
    if (rows.length) lines.push(...(lines.length ? [""] : []), `[${section}]`, ...rows.map(([name, service]) => `${key(name)} = ${text(service)}`));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** A basic string of TOML 1.0: as in JSON, and what could mislead who reads the file is escaped too. */
function text(value: string): string {
  return plain(JSON.stringify(value));
}

function key(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : text(name);
}
