// Who owns what, as one would have it: the tables shared out to services, and modules that are given to one.

import type { Model } from "../data/model";

export const NONE = -1;
/** What stays in the monolith (strangler.report.document.services.REST). */
export const REST = "the rest";
/** The kernel that all services share (strangler_analyzers.boundaries.constraints.SHARED): of no service. */
export const SHARED = "shared";

export interface Shares {
  /** The service of each table, by the numbers of the model; null for tables of no service. */
  tables: Map<number, string | null>;
  /** The service of each module that is given to one, whatever it touches; SHARED for none. */
  pins: Map<number, string>;
}

/** The boundaries that strangler.toml declares. */
export function declared(model: Model): Shares {
  const { services, evidence, modules, groups } = model.document;
  const number = new Map(model.document.tables.name.map((name, table) => [name, table]));
  const tables = new Map<number, string | null>(evidence.tables.table.map((table) => [table, REST]));
  services.name.forEach((service, index) => {
    for (const name of services.tables[index]) {
      const table = number.get(name);
      if (table !== undefined && tables.has(table)) tables.set(table, service);
    }
  });
  const pins = new Map<number, string>();
  modules.group.forEach((group, module) => {
    if (groups.service[group]) pins.set(module, groups.name[group]);
  });
  return { tables, pins };
}

/** The services of some shares, in the order in which ties are broken. */
export function servicesOf({ tables, pins }: Shares): string[] {
  const found = new Set([...tables.values(), ...pins.values()]);
  return [...found].filter((name): name is string => name !== null && name !== SHARED).sort((a, b) => (a < b ? -1 : 1));
}
