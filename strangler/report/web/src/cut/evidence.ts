// What can cross a boundary, made ready for being looked through at every move.

import { listed, type Model } from "../data/model";

export class Evidence {
  /** Modules of the application, and behind them others that declare tables. */
  readonly moduleCount: number;
  readonly functionCount: number;
  /** The module of each function; -1 for functions that belong to no service. */
  readonly moduleOf: Int32Array;
  /** Who imports each module. */
  readonly importers: readonly (readonly number[])[];
  readonly joins: readonly { fn: number; tables: readonly number[] }[];
  readonly transactions: readonly { fn: number; tables: readonly number[]; place: string }[];
  readonly routes: readonly { name: string; fn: number; module: number; reads: readonly number[]; writes: readonly number[] }[];

  constructor(readonly model: Model) {
    const { evidence, functions, routes } = model.document;
    this.moduleCount = model.moduleCount + evidence.modules.length;
    this.functionCount = functions.name.length;
    const others = new Map(evidence.modules.map((name, index) => [name, model.moduleCount + index]));
    this.moduleOf = Int32Array.from(functions.module, (module, fn) =>
      module >= 0 ? module : others.get(functions.name[fn].slice(0, functions.name[fn].indexOf(":"))) ?? -1);
    const importers: number[][] = Array.from({ length: this.moduleCount }, () => []);
    evidence.imports.imported.forEach((imported, index) => importers[imported].push(evidence.imports.importer[index]));
    this.importers = importers;
    const { joins, transactions } = evidence;
    this.joins = joins.function.map((fn, index) => ({ fn, tables: listed(joins.tables, index) }));
    this.transactions = transactions.function.map((fn, index) => ({
      fn, tables: listed(transactions.tables, index), place: model.place(transactions.file[index], transactions.line[index]),
    }));
    this.routes = routes.path.map((_, route) => ({
      name: model.routeName(route), fn: evidence.handlers.function[route], module: evidence.handlers.module[route],
      reads: listed(routes.reads, route), writes: listed(routes.writes, route),
    }));
  }

  get columns() {
    return this.model.document.evidence;
  }
}
