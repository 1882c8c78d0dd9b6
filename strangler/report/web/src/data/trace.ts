// The way of a request in static order, by the rules of strangler_analyzers.graph.request_path: a function that is called
// several times is shown in full once, at its call nearest the request.

import type { Model, Statement } from "./model";

export interface Row {
  /** The statement; for the functions the framework runs first, a call without a place of its own. */
  step: Statement;
  depth: number;
  /** Number of the row that holds it, -1 for the first. */
  parent: number;
  /** Number of the first row behind everything below it. */
  end: number;
  role: "" | "middleware" | "handler" | "helper";
  /** What becomes of a call's own steps. */
  continuation: "shown" | "elsewhere" | "recursive" | "too-deep";
  /** The call that shows the steps, where this one does not. */
  elsewhere: string;
  /** The outermost transaction it runs in, which is the one that commits, or "". */
  transaction: string;
  /** An inner transaction, which can roll back alone, or "". */
  savepoint: string;
}

interface Draft {
  step: Statement;
  role: Row["role"];
  transactions: string[];
  /** The functions that are running, this one last. */
  running: number[];
  continuation: Row["continuation"];
  elsewhere: string;
  steps: Draft[];
}

const MOST_CALLS = 20_000;

export interface Root {
  fn: number;
  role: Row["role"];
}

/** The rows of a request, in the order they run. With `effects` only what touches a table or reaches beyond the process. */
export function traced(model: Model, roots: Root[], place: string, effects: boolean): Row[] {
  const drafts: Draft[] = roots
    .filter(({ fn, role }) => !effects || role === "handler" || role === "" || hasEffect(model, fn))
    .map(({ fn, role }) => ({
      step: { what: "call", target: fn, name: "", operation: "", kind: "framework", confidence: "certain", loop: false, transaction: "", place },
      role, transactions: [], running: [fn], continuation: "shown", elsewhere: "", steps: [],
    }));
  const first = [...drafts];
  const shown = new Map<string, string>();
  for (let index = 0; index < drafts.length; index++) {
    const draft = drafts[index];
    if (draft.step.what !== "call") continue;
    follow(model, draft, shown, effects, drafts.length >= MOST_CALLS);
    drafts.push(...draft.steps);
  }
  return flattened(first);
}

function follow(model: Model, draft: Draft, shown: Map<string, string>, effects: boolean, full: boolean): void {
  const fn = draft.step.target;
  const occasion = `${fn} ${draft.transactions.length > 0}`;
  if (draft.running.indexOf(fn) < draft.running.length - 1) draft.continuation = "recursive";
  else if (effects ? !hasEffect(model, fn) : !model.statementsOf(fn).length) return;
  else if (shown.has(occasion)) {
    draft.continuation = "elsewhere";
    draft.elsewhere = shown.get(occasion)!;
  } else if (full) draft.continuation = "too-deep";
  else {
    shown.set(occasion, draft.step.place);
    draft.steps = stepsOf(model, fn, effects).map((step) => below(draft, step));
  }
}

function below(draft: Draft, step: Statement): Draft {
  const outside = step.kind === "async" || step.kind === "after-commit";
  const around = outside ? [] : draft.transactions;
  const opens = step.transaction && !outside && !around.includes(step.transaction);
  const transactions = opens ? [...around, step.transaction] : around;
  const running = step.what === "call" ? [...draft.running, step.target] : draft.running;
  return { step, role: "", transactions, running, continuation: "shown", elsewhere: "", steps: [] };
}

function stepsOf(model: Model, fn: number, effects: boolean): Statement[] {
  const accesses = new Map<string, Statement>();
  const found: Statement[] = [];
  for (const step of model.statementsOf(fn)) {
    if (step.what === "call") {
      if (step.kind !== "wrapped" && (!effects || hasEffect(model, step.target))) found.push(step);
    } else if (!effects || (step.what === "outside" && isEffect(step.name))) found.push(step);
    else if (step.what !== "outside") {
      const key = `${step.target} ${step.what} ${step.transaction} ${step.loop}`;
      const first = accesses.get(key);
      if (!first) {
        accesses.set(key, { ...step });
        found.push(accesses.get(key)!);
      } else if (!first.operation.split(", ").includes(step.operation)) first.operation += `, ${step.operation}`;
    }
  }
  return found;
}

function hasEffect(model: Model, fn: number): boolean {
  return model.document.functions.effect[fn] === 1;
}

/** A package only computes, a variable of the environment only configures. */
function isEffect(name: string): boolean {
  return !name.startsWith("package ") && !name.startsWith("environment ");
}

function flattened(first: Draft[]): Row[] {
  const rows: Row[] = [];
  const visit = (draft: Draft, depth: number, parent: number) => {
    const number = rows.length;
    const transaction = draft.transactions[0] ?? "";
    const inner = draft.step.transaction || draft.transactions.at(-1) || "";
    rows.push({
      step: draft.step, depth, parent, end: 0, role: draft.role, continuation: draft.continuation, elsewhere: draft.elsewhere,
      transaction, savepoint: transaction && inner !== transaction ? inner : "",
    });
    for (const step of draft.steps) visit(step, depth + 1, number);
    rows[number].end = rows.length;
  };
  for (const draft of first) visit(draft, 0, -1);
  return rows;
}

/** What runs first for a route. */
export function routeRoots(model: Model, route: number): Root[] {
  const { functions, firstOwn, helpers } = model.document.routes;
  const running = functions.items.slice(functions.first[route], functions.first[route + 1]);
  const firstHelper = running.length - helpers[route];
  return running.map((fn, index) => ({
    fn, role: index < firstOwn[route] ? "middleware" : index < firstHelper ? "handler" : "helper",
  }));
}
