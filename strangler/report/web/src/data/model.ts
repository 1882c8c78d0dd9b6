// The document as things with names: what the views ask. Everything that costs time is made when it is first needed.

import type { EdgeKind, Ragged, ReportDocument } from "./document";

export type NodeKind = "group" | "module" | "table" | "function" | "route" | "entry";

export interface Edge {
  /** Numbers of modules, and behind them those of tables. */
  source: number;
  target: number;
  kind: EdgeKind;
  count: number;
  place: string;
}

export interface Statement {
  what: "call" | "read" | "write" | "outside";
  /** The number of a function or a table; of a string for what is outside. */
  target: number;
  /** What is outside: kind and name. */
  name: string;
  operation: string;
  kind: string;
  confidence: string;
  loop: boolean;
  /** The place of the transaction that the function opens around it, or "". */
  transaction: string;
  place: string;
}

export interface NodeRef {
  kind: NodeKind;
  number: number;
}

const WHAT = ["call", "read", "write", "outside"] as const;

export class Model {
  readonly moduleCount: number;
  readonly tableCount: number;
  readonly edges: Edge[];
  private statementCache = new Map<number, Statement[]>();
  private lazy = new Map<string, unknown>();

  constructor(readonly document: ReportDocument) {
    this.moduleCount = document.modules.name.length;
    this.tableCount = document.tables.name.length;
    const { source, target, kind, count, file, line } = document.edges;
    this.edges = source.map((from, index) => ({
      source: from, target: target[index], kind: document.edgeKinds[kind[index]], count: count[index],
      place: this.place(file[index], line[index]),
    }));
  }

  place(file: number, line: number): string {
    return file < 0 ? "" : `${this.document.files[file]}:${line}`;
  }

  string(number: number): string {
    return this.document.strings[number];
  }

  /** The name of a function as the command line writes it: module:qualname, with @context where that matters. */
  functionName(number: number): string {
    const { module, name } = this.document.functions;
    return module[number] < 0 ? name[number] : `${this.document.modules.name[module[number]]}:${name[number]}`;
  }

  functionPlace(number: number): string {
    const { file, line } = this.document.functions;
    return this.place(file[number], line[number]);
  }

  routeName(number: number): string {
    const { method, path } = this.document.routes;
    return `${this.string(method[number])} ${path[number]}`;
  }

  entryName(number: number): string {
    const { kind, name } = this.document.entries;
    return `${this.string(kind[number])} ${name[number]}`;
  }

  nameOf(node: NodeRef): string {
    switch (node.kind) {
      case "group": return this.document.groups.name[node.number];
      case "module": return this.document.modules.name[node.number];
      case "table": return this.document.tables.name[node.number];
      case "function": return this.functionName(node.number);
      case "route": return this.routeName(node.number);
      case "entry": return this.entryName(node.number);
    }
  }

  idOf(node: NodeRef): string {
    return `${node.kind}:${this.nameOf(node)}`;
  }

  /** The node of an id, or null. */
  find(id: string): NodeRef | null {
    return this.once("ids", () => {
      const found = new Map<string, NodeRef>();
      for (const kind of ["group", "module", "table", "function", "route", "entry"] as const) {
        for (let number = 0; number < this.count(kind); number++) {
          const name = `${kind}:${this.nameOf({ kind, number })}`;
          if (!found.has(name)) found.set(name, { kind, number });
        }
      }
      return found;
    }).get(id) ?? null;
  }

  count(kind: NodeKind): number {
    const { groups, functions, routes, entries } = this.document;
    switch (kind) {
      case "group": return groups.name.length;
      case "module": return this.moduleCount;
      case "table": return this.tableCount;
      case "function": return functions.name.length;
      case "route": return routes.path.length;
      case "entry": return entries.name.length;
    }
  }

  /** The node behind an end of an edge. */
  end(number: number): NodeRef {
    return number < this.moduleCount
      ? { kind: "module", number }
      : { kind: "table", number: number - this.moduleCount };
  }

  /** The number an edge gives a module or table; -1 for other nodes. */
  edgeNumber(node: NodeRef): number {
    if (node.kind === "module") return node.number;
    return node.kind === "table" ? this.moduleCount + node.number : -1;
  }

  /** The group of a module, table or function; -1 where there is none. */
  groupOf(node: NodeRef): number {
    const { modules, tables, functions } = this.document;
    switch (node.kind) {
      case "group": return node.number;
      case "module": return modules.group[node.number];
      case "table": return tables.group[node.number];
      case "function": return functions.module[node.number] < 0 ? -1 : modules.group[functions.module[node.number]];
      default: return -1;
    }
  }

  edgesFrom(number: number): Edge[] {
    return this.once("from", () => grouped(this.edges, (edge) => edge.source)).get(number) ?? [];
  }

  edgesTo(number: number): Edge[] {
    return this.once("to", () => grouped(this.edges, (edge) => edge.target)).get(number) ?? [];
  }

  /** The statements of a function in source order. */
  statementsOf(number: number): Statement[] {
    let found = this.statementCache.get(number);
    if (!found) {
      const { first } = this.document.functions;
      const end = number + 1 < first.length ? first[number + 1] : this.document.statements.what.length;
      found = [];
      for (let index = first[number]; index < end; index++) found.push(this.statement(number, index));
      this.statementCache.set(number, found);
    }
    return found;
  }

  private statement(owner: number, index: number): Statement {
    const { statements: s, functions, callKinds, confidences } = this.document;
    const file = functions.file[owner], line = functions.line[owner];
    return {
      what: WHAT[s.what[index]],
      target: s.target[index],
      name: s.what[index] === 3 ? this.string(s.target[index]) : "",
      operation: this.string(s.operation[index]),
      kind: callKinds[s.kind[index]],
      confidence: confidences[s.confidence[index]],
      loop: s.loop[index] === 1,
      transaction: s.transactionFile[index] ? this.place(s.transactionFile[index] - 1, line + s.transactionLine[index]) : "",
      place: this.place(file + s.file[index], line + s.line[index]),
    };
  }

  /** Who calls each function: numbers of functions. */
  callersOf(number: number): number[] {
    return this.once("callers", () => {
      const { first } = this.document.functions, { what, target } = this.document.statements;
      const found = new Map<number, number[]>();
      for (let caller = 0; caller < first.length; caller++) {
        const end = caller + 1 < first.length ? first[caller + 1] : what.length;
        for (let index = first[caller]; index < end; index++) {
          if (what[index] === 0) appended(found, target[index], caller);
        }
      }
      return found;
    }).get(number) ?? [];
  }

  /** Who reads or writes each table: pairs of function and statement. */
  accessesTo(table: number): { fn: number; statement: Statement }[] {
    return this.once("accesses", () => {
      const { first } = this.document.functions, { what, target } = this.document.statements;
      const found = new Map<number, { fn: number; at: number }[]>();
      for (let fn = 0; fn < first.length; fn++) {
        if (this.document.functions.name[fn].includes("@")) continue; // a variant repeats what its function says
        const end = fn + 1 < first.length ? first[fn + 1] : what.length;
        for (let index = first[fn]; index < end; index++) {
          if (what[index] === 1 || what[index] === 2) appended(found, target[index], { fn, at: index });
        }
      }
      return found;
    }).get(table)?.map(({ fn, at }) => ({ fn, statement: this.statement(fn, at) })) ?? [];
  }

  functionsOf(module: number): number[] {
    return this.once("functionsOf", () => {
      const found = new Map<number, number[]>();
      this.document.functions.module.forEach((owner, fn) => {
        if (owner >= 0 && !this.document.functions.name[fn].includes("@")) appended(found, owner, fn);
      });
      for (const numbers of found.values()) numbers.sort((a, b) => this.document.functions.line[a] - this.document.functions.line[b] || a - b);
      return found;
    }).get(module) ?? [];
  }

  routesOf(table: number): { route: number; writes: boolean }[] {
    return this.once("routesOf", () => {
      const found = new Map<number, { route: number; writes: boolean }[]>();
      for (let route = 0; route < this.count("route"); route++) {
        const writes = new Set(listed(this.document.routes.writes, route));
        for (const table of new Set([...listed(this.document.routes.reads, route), ...writes])) {
          appended(found, table, { route, writes: writes.has(table) });
        }
      }
      return found;
    }).get(table) ?? [];
  }

  private once<T>(name: string, make: () => T): T {
    if (!this.lazy.has(name)) this.lazy.set(name, make());
    return this.lazy.get(name) as T;
  }
}

export function listed(lists: Ragged, number: number): number[] {
  return lists.items.slice(lists.first[number], lists.first[number + 1]);
}

function grouped<T>(items: T[], key: (item: T) => number): Map<number, T[]> {
  const found = new Map<number, T[]>();
  for (const item of items) appended(found, key(item), item);
  return found;
}

export function appended<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
