// A what-if: moves of tables, modules and whole groups to services, one after the other.

import type { Model, NodeRef } from "../data/model";
import { REST, SHARED, type Shares } from "./shares";

export interface Move {
  node: NodeRef;
  service: string;
}

/** A service that one makes up; services of strangler.toml are called so too. */
export const SERVICE_NAME = /^[a-z][a-z0-9_-]*$/;

export function isMovable(node: NodeRef | null): boolean {
  return node?.kind === "table" || node?.kind === "module" || node?.kind === "group";
}

/** A move as the address writes it; null for one that means nothing here. */
export function readMove(model: Model, text: string): Move | null {
  const end = text.lastIndexOf(">"), node = model.find(text.slice(0, end)), service = text.slice(end + 1);
  return node && isMovable(node) && service ? { node, service } : null;
}

/** The shares after some moves; what a module is moved to is a pin, which is stronger than what it touches. */
export function moved(model: Model, { tables, pins }: Shares, moves: readonly Move[]): Shares {
  const found: Shares = { tables: new Map(tables), pins: new Map(pins) };
  const { tables: t, modules } = model.document;
  const give = (table: number, service: string) => { if (tables.has(table)) found.tables.set(table, service === SHARED ? null : service); };
  for (const { node, service } of moves) {
    if (node.kind === "table") give(node.number, service);
    else if (node.kind === "module") found.pins.set(node.number, service);
    else {
      t.group.forEach((group, table) => { if (group === node.number) give(table, service); });
      modules.group.forEach((group, module) => { if (group === node.number) found.pins.set(module, service); });
    }
  }
  return found;
}

/** How a service is written in a sentence. */
export function serviceName(service: string): string {
  return service === REST ? "the rest of the monolith" : service === SHARED ? "no service (shared by all)" : service;
}
