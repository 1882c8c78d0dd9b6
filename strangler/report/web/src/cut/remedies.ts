// What to do about a crossing, in the words of strangler_analyzers.boundaries.crossings.

import type { Model } from "../data/model";
import type { Crossing } from "./crossings";
import type { Owners } from "./ownership";

export function remedy(model: Model, { services, tables }: Owners, crossing: Crossing): string {
  const source = services[crossing.source], targets = crossing.targets.map((service) => services[service]), target = targets[0];
  const names = (some: readonly number[]) => some.map((table) => model.document.tables.name[table]).sort().join(", ");
  const of = (service: number) => names(crossing.tables.filter((table) => tables[table] === service));
  switch (crossing.kind) {
    case "transaction": {
      const steps = crossing.targets.map((service) => `${services[service]}: ${of(service)}`).join("; ");
      return `commit ${of(crossing.source)} with an outbox event, and let each follow it, with a step that takes it back where it can fail (saga): ${steps}`;
    }
    case "writers": return `${source} becomes the authority of ${names(crossing.tables)}; ${targets.join(", ")} ask it to write`;
    case "write": return `a command of ${target}'s API, or an event ${target} follows`;
    case "join": {
      const foreign = names(crossing.tables.filter((table) => tables[table] !== crossing.source));
      return `compose the answers of both APIs, or keep a replica or read model of ${foreign} in ${source}`;
    }
    case "read": return `ask ${target}'s API, or keep a read model of ${names(crossing.tables)} fed by its events`;
    case "foreign-key": return `keep the key without the constraint; ${target} tells of deleted rows by an event (tombstone)`;
    case "call": return `${target}'s API answers it, or an event where ${source} need not wait`;
    case "shared-code": return "it only computes: a library both use, or a copy";
  }
}

/** Where a crossing stands: the statement of the function that makes it. */
export function placeOf(model: Model, { kind, fn, tables, callee, key, begin }: Crossing): string {
  const { keys } = model.document;
  if (key >= 0) return model.place(keys.file[key], keys.line[key]);
  if (kind === "transaction") return begin;
  const statements = model.statementsOf(fn);
  const what = kind === "write" || kind === "writers" ? "write" : "read";
  const found = callee >= 0
    ? statements.find((step) => step.what === "call" && step.target === callee)
    : statements.find((step) => tables.includes(step.target) && (kind === "join" ? step.what === "read" || step.what === "write" : step.what === what));
  return found?.place ?? model.functionPlace(fn);
}
