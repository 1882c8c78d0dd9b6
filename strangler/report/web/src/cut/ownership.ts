// Which service code goes to once the tables are shared out: what strangler_analyzers.boundaries.ownership says, rule by rule.

import { listed } from "../data/model";
import type { Evidence } from "./evidence";
import { NONE, SHARED, servicesOf, type Shares } from "./shares";

/** Code that declares and writes no tables, but is imported from so many services, is nobody's. */
const KERNEL_USERS = 4;

export interface Owners {
  /** In the order in which ties are broken; all others are positions in it, or NONE. */
  services: string[];
  tables: Int32Array;
  modules: Int32Array;
  functions: Int32Array;
}

/** The service of a function: by the tables it writes, else that of its module. */
export function ownerOf({ functions, modules }: Owners, evidence: Evidence, fn: number): number {
  if (fn < 0) return NONE;
  if (functions[fn] !== NONE) return functions[fn];
  return evidence.moduleOf[fn] < 0 ? NONE : modules[evidence.moduleOf[fn]];
}

export function ownership(evidence: Evidence, shares: Shares): Owners {
  const services = servicesOf(shares), at = new Map<string | null, number>(services.map((name, index) => [name, index]));
  const tables = new Int32Array(evidence.model.tableCount).fill(NONE);
  for (const [table, service] of shares.tables) tables[table] = at.get(service) ?? NONE;
  const votes = new Votes(evidence, tables, services.length);
  const modules = votes.modules(evidence);
  const kernel = [...modules.keys()].filter((module) => modules[module] !== NONE && !votes.owning[module] && isKernel(module, modules, evidence));
  kernel.push(...basesOfSeveral(evidence, tables));
  for (const module of kernel) modules[module] = NONE;
  followImports(modules, [...Array(evidence.model.moduleCount).keys()].filter((module) => !votes.voted[module]), evidence);
  const functions = votes.functions;
  for (const [module, service] of shares.pins) modules[module] = service === SHARED ? NONE : at.get(service) ?? NONE;
  if (shares.pins.size) evidence.moduleOf.forEach((module, fn) => { if (shares.pins.has(module)) functions[fn] = NONE; });
  return { services, tables, modules, functions };
}

/** What declarations, writes and reads say, in this order. */
class Votes {
  readonly voted: Uint8Array;
  readonly owning: Uint8Array;
  readonly functions: Int32Array;
  private readonly byModule: readonly Int32Array[];

  constructor(evidence: Evidence, tables: Int32Array, private readonly services: number) {
    const size = evidence.moduleCount * services;
    const definitions = new Int32Array(size), writes = new Int32Array(size), reads = new Int32Array(size);
    this.byModule = [definitions, writes, reads];
    this.voted = new Uint8Array(evidence.moduleCount);
    this.owning = new Uint8Array(evidence.moduleCount);
    const declaring = evidence.columns.tables;
    declaring.table.forEach((table, row) => {
      const module = declaring.module[row];
      if (module < 0 || tables[table] === NONE) return;
      definitions[module * services + tables[table]] += 1;
      this.voted[module] = this.owning[module] = 1;
    });
    this.functions = new Int32Array(evidence.functionCount).fill(NONE);
    const own = [new Int32Array(services), new Int32Array(services)], { function: fns, mode, table, count } = evidence.columns.uses;
    for (let row = 0; row < fns.length; row++) {
      const service = tables[table[row]], fn = fns[row], module = evidence.moduleOf[fn];
      if (service !== NONE) {
        (mode[row] ? writes : reads)[module * services + service] += count[row];
        own[mode[row] ? 0 : 1][service] += count[row];
        this.voted[module] = 1;
        if (mode[row]) this.owning[module] = 1;
      }
      if (fns[row + 1] === fn) continue;
      this.functions[fn] = winner(own, 0, services);
      own[0].fill(0);
      own[1].fill(0);
    }
  }

  modules(evidence: Evidence): Int32Array {
    const found = new Int32Array(evidence.moduleCount).fill(NONE);
    for (let module = 0; module < found.length; module++) {
      if (this.voted[module]) found[module] = winner(this.byModule, module * this.services, this.services);
    }
    return found;
  }
}

/** The service with most votes of the first kind, ties broken by the next; NONE for a tie that nothing breaks. */
function winner(votes: readonly Int32Array[], first: number, services: number): number {
  let candidates: number[] = [];
  for (const counts of votes) {
    const best = leaders(counts, first, services, candidates);
    if (best.length === 1) return best[0];
    if (best.length) candidates = best;
  }
  return NONE;
}

/** Those with most votes, of the candidates if there are any; none where nobody has a vote. */
export function leaders(counts: ArrayLike<number>, first: number, services: number, candidates: readonly number[] = []): number[] {
  let most = 1, best: number[] = [];
  const look = (service: number) => {
    const count = counts[first + service];
    if (count > most) [most, best] = [count, [service]];
    else if (count === most) best.push(service);
  };
  if (candidates.length) candidates.forEach(look);
  else for (let service = 0; service < services; service++) look(service);
  return best;
}

/** Whether modules of many services import it, and hardly any of its own. */
function isKernel(module: number, modules: Int32Array, { importers }: Evidence): boolean {
  if (importers[module].length < KERNEL_USERS) return false;
  const users = importers[module].map((importer) => modules[importer]).filter((service) => service !== NONE);
  const own = users.filter((service) => service === modules[module]).length;
  return new Set(users).size >= KERNEL_USERS && 2 * own < users.length;
}

/** Modules without models whose classes the models of several services inherit from. */
function basesOfSeveral({ columns: { tables: rows } }: Evidence, tables: Int32Array): number[] {
  const users = new Map<number, number>(), several = new Set<number>(), declaring = new Set<number>();
  rows.table.forEach((table, row) => {
    const service = tables[table];
    if (!rows.known[row] || service === NONE) return;
    declaring.add(rows.module[row]);
    for (const base of listed(rows.bases, row)) {
      if (users.has(base) && users.get(base) !== service) several.add(base);
      users.set(base, service);
    }
  });
  return [...several].filter((module) => !declaring.has(module));
}

/** Gives modules without tables to the one service that imports them, over several steps. */
function followImports(modules: Int32Array, free: number[], { importers }: Evidence): void {
  for (let pending = free; pending.length;) {
    const found: [number, number][] = [], left: number[] = [];
    for (const module of pending) {
      let only = NONE, several = false;
      for (const importer of importers[module]) {
        const service = modules[importer];
        if (service === NONE || service === only) continue;
        several = only !== NONE;
        if (several) break;
        only = service;
      }
      if (several) continue;
      if (only === NONE) left.push(module);
      else found.push([module, only]);
    }
    for (const [module, service] of found) modules[module] = service;
    if (left.length === pending.length) return;
    pending = left;
  }
}
