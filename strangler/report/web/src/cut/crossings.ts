// What crosses boundaries, and what a cut costs term by term: as strangler_analyzers.boundaries.crossings and cut_vector count it.

import { strongComponents } from "../graph/partition";
import type { Evidence } from "./evidence";
import { leaders, ownerOf, ownership, type Owners } from "./ownership";
import { NONE, type Shares } from "./shares";

/** Costliest to give up first. */
export const KINDS = ["transaction", "writers", "write", "join", "read", "foreign-key", "call", "shared-code"] as const;
export type Kind = (typeof KINDS)[number];
export const CYCLES = "cycles";
export const HOPS = "remote hops";
export const TERMS: readonly string[] = [...KINDS, CYCLES, HOPS];
const NEEDS_WHILE_IT_RUNS: ReadonlySet<Kind> = new Set(["transaction", "write", "join", "read", "call"]);

/** Services are positions in those of the owners. */
export interface Crossing {
  kind: Kind;
  source: number;
  targets: readonly number[];
  /** The function it stands in, -1 for a foreign key. */
  fn: number;
  tables: readonly number[];
  /** The function that is called, else -1. */
  callee: number;
  /** The foreign key, else -1. */
  key: number;
  /** Where a transaction begins, else "". */
  begin: string;
}

export interface Drawn {
  owners: Owners;
  crossings: Crossing[];
  /** How many other services a route needs, by its name, where it needs any. */
  hops: Map<string, number>;
  /** How often each of TERMS occurs. */
  counts: number[];
}

/** Follows a way to share out tables to all that crosses its boundaries. */
export function draw(evidence: Evidence, shares: Shares): Drawn {
  const owners = ownership(evidence, shares);
  const cut = new Cutting(evidence, owners);
  cut.transactions();
  cut.writers();
  cut.accesses();
  cut.joins();
  cut.keys();
  cut.calls();
  const { crossings } = cut, hops = remoteHops(evidence, owners);
  const found = new Map<string, number>();
  for (const { kind } of crossings) found.set(kind, (found.get(kind) ?? 0) + 1);
  found.set(CYCLES, rings(crossings, owners));
  found.set(HOPS, [...hops.values()].reduce((sum, count) => sum + count, 0));
  return { owners, crossings, hops, counts: TERMS.map((term) => found.get(term) ?? 0) };
}

const NO_TABLES: readonly number[] = [];

/** Goes through the evidence kind by kind and notes what crosses. Plain loops: it is done at every move. */
class Cutting {
  readonly crossings: Crossing[] = [];
  /** The service of each function. */
  private readonly homes: Int32Array;
  private readonly tables: Int32Array;

  constructor(private readonly evidence: Evidence, owners: Owners) {
    this.tables = owners.tables;
    this.homes = new Int32Array(evidence.functionCount);
    for (let fn = 0; fn < this.homes.length; fn++) this.homes[fn] = ownerOf(owners, evidence, fn);
  }

  transactions(): void {
    for (const { fn, tables, place } of this.evidence.transactions) this.several("transaction", fn, tables, place);
  }

  joins(): void {
    for (const { fn, tables } of this.evidence.joins) this.several("join", fn, tables, "");
  }

  /** What touches tables of several services at once: it is of the function's own, else of the one with most writes. */
  private several(kind: "transaction" | "join", fn: number, tables: readonly number[], begin: string): void {
    const first = tables.find((table) => this.tables[table] !== NONE);
    if (first === undefined || tables.every((table) => this.tables[table] === this.tables[first] || this.tables[table] === NONE)) return;
    const counts = owned(tables, this.tables), services = [...counts.keys()].sort((a, b) => a - b), home = this.homes[fn];
    const most = services.reduce((best, service) => (counts.get(service)! > counts.get(best)! ? service : best));
    const source = counts.has(home) ? home : kind === "transaction" ? most : services[0];
    this.crossings.push({
      kind, source, targets: services.filter((service) => service !== source), fn, tables: tables.filter((table) => this.tables[table] !== NONE),
      callee: -1, key: -1, begin,
    });
  }

  writers(): void {
    const { function: fns, mode, table } = this.evidence.columns.uses;
    const by = new Map<number, Map<number, number>>();
    for (let row = 0; row < fns.length; row++) {
      const writer = mode[row] && this.tables[table[row]] !== NONE ? this.homes[fns[row]] : NONE;
      if (writer === NONE) continue;
      let services = by.get(table[row]);
      if (!services) by.set(table[row], services = new Map());
      if (!services.has(writer)) services.set(writer, fns[row]);
    }
    for (const [written, services] of by) {
      if (services.size < 2) continue;
      const source = this.tables[written], targets = [...services.keys()].filter((service) => service !== source).sort((a, b) => a - b);
      this.crossings.push({ kind: "writers", source, targets, fn: services.get(targets[0])!, tables: [written], callee: -1, key: -1, begin: "" });
    }
  }

  accesses(): void {
    const { function: fns, mode, table } = this.evidence.columns.uses;
    for (let row = 0; row < fns.length; row++) {
      const owner = this.tables[table[row]], user = this.homes[fns[row]];
      if (owner === NONE || user === NONE || owner === user) continue;
      this.crossings.push({ kind: mode[row] ? "write" : "read", source: user, targets: [owner], fn: fns[row], tables: [table[row]], callee: -1, key: -1, begin: "" });
    }
  }

  keys(): void {
    const { table, target } = this.evidence.model.document.keys;
    for (let key = 0; key < table.length; key++) {
      const source = this.tables[table[key]], other = this.tables[target[key]];
      if (source === NONE || other === NONE || source === other) continue;
      this.crossings.push({ kind: "foreign-key", source, targets: [other], fn: -1, tables: [table[key], target[key]], callee: -1, key, begin: "" });
    }
  }

  calls(): void {
    const { caller, callee, effect } = this.evidence.columns.calls;
    for (let row = 0; row < caller.length; row++) {
      const source = this.homes[caller[row]], target = this.homes[callee[row]];
      if (source === NONE || target === NONE || source === target) continue;
      this.crossings.push({ kind: effect[row] ? "call" : "shared-code", source, targets: [target], fn: caller[row], tables: NO_TABLES, callee: callee[row], key: -1, begin: "" });
    }
  }
}

/** How many of some tables each service has. */
function owned(tables: readonly number[], owners: Int32Array): Map<number, number> {
  const found = new Map<number, number>();
  for (const table of tables) {
    if (owners[table] !== NONE) found.set(owners[table], (found.get(owners[table]) ?? 0) + 1);
  }
  return found;
}

function remoteHops(evidence: Evidence, owners: Owners): Map<string, number> {
  const found = new Map<string, number>();
  const { length } = owners.services, writes = new Int32Array(length), reads = new Int32Array(length);
  for (const route of evidence.routes) {
    writes.fill(0);
    reads.fill(0);
    for (const table of route.writes) if (owners.tables[table] !== NONE) writes[owners.tables[table]] += 1;
    for (const table of route.reads) if (owners.tables[table] !== NONE) reads[owners.tables[table]] += 1;
    const own = ownerOf(owners, evidence, route.fn), handler = own === NONE && route.module >= 0 ? owners.modules[route.module] : own;
    const home = answering(handler, writes, reads);
    let others = 0;
    for (let service = 0; service < length; service++) if (service !== home && writes[service] + reads[service] > 0) others += 1;
    if (others) found.set(route.name, others);
  }
  return found;
}

/** The service that answers a route: whose tables it writes, else reads; the handler's own breaks ties. */
function answering(handler: number, writes: Int32Array, reads: Int32Array): number {
  for (const counts of [writes, reads]) {
    const best = leaders(counts, 0, counts.length);
    if (handler !== NONE && best.includes(handler)) return handler;
    if (best.length === 1) return best[0];
  }
  return handler;
}

/** How many rings of services need each other while they run. */
function rings(crossings: readonly Crossing[], { services }: Owners): number {
  const { length } = services, needed = new Uint8Array(length * length);
  for (const { kind, source, targets } of crossings) {
    if (NEEDS_WHILE_IT_RUNS.has(kind)) for (const target of targets) needed[source * length + target] = 1;
  }
  const all = [...services.keys()];
  const needs = new Map(all.map((source) => [source, new Map(all.filter((target) => needed[source * length + target]).map((target) => [target, 1]))]));
  return strongComponents(all, needs).filter((ring) => ring.length > 1).length;
}
