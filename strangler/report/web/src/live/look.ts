// What the gateway tells every second (strangler_gateway.live_report.Look), and what two of these say together.

import type { MigrationRecord } from "../data/document";

export interface Look {
  role: "operator" | "reader";
  gateways: number;
  /** Whether orders given here are for all gateways. */
  fleet: boolean;
  status: {
    services: Record<string, {
      side: "v1" | "v2"; epoch: number; hold: { seconds_left: number; waiting: number } | null; shares: Record<string, number>; sides: string[]; rolled_back: string[];
    }>;
    applications: Record<string, { breaker_open: boolean; breaker_openings: number; retries: number; fallbacks: number; out: string[] }>;
    problems: string[];
  };
  bounds: number[];
  routes: { route: string; side: string; requests: number; failed: number; buckets: number[] }[];
  differences: Record<string, { compared: number; unexplained: number; patterns: { places: string[]; pairs: number; v1: string; v2: string }[] }>;
  /** There when it was asked anew. */
  migration: MigrationRecord | null;
}

export interface Timed {
  look: Look;
  /** Milliseconds by any clock. */
  at: number;
}

export interface RouteRow {
  route: string;
  side: string;
  requests: number;
  /** Requests a second, null before there are two looks. */
  rate: number | null;
  /** Of hundred; null where nothing was asked meanwhile. */
  failed: number | null;
  p50: string;
  p99: string;
  /** Of hundred answers that were compared; null where none was. */
  differing: number | null;
}

/** Every side of a route with what happened since an earlier look; counters that fell began anew. */
export function rows(now: Timed, before: Timed | null): RouteRow[] {
  const old = new Map(before?.look.routes.map((row) => [`${row.route}\n${row.side}`, row]));
  return now.look.routes.map(({ route, side, requests, failed, buckets }) => {
    const found = old.get(`${route}\n${side}`), was = found && found.requests <= requests ? found : undefined;
    const asked = requests - (was?.requests ?? 0), differences = now.look.differences[route];
    const meanwhile = buckets.map((count, index) => Math.max(0, count - (was?.buckets[index] ?? 0)));
    return {
      route, side, requests,
      rate: before ? asked / Math.max(0.001, (now.at - before.at) / 1000) : null,
      failed: asked ? (100 * (failed - (was?.failed ?? 0))) / asked : null,
      p50: within(now.look.bounds, meanwhile, 0.5), p99: within(now.look.bounds, meanwhile, 0.99),
      differing: side === "v2" && differences?.compared ? (100 * differences.unexplained) / differences.compared : null,
    };
  });
}

/** Whether a rule of the gateway, such as "GET,POST /orders" or "/orders" for every method, answers a route of the code. */
export function isMeasuredBy(rule: string, route: string): boolean {
  const [methods, path] = rule.startsWith("/") ? ["", rule] : [rule.slice(0, rule.indexOf(" ")), rule.slice(rule.indexOf(" ") + 1)];
  const [method, own] = [route.slice(0, route.indexOf(" ")), route.slice(route.indexOf(" ") + 1)];
  return path === own && (!methods || methods.split(",").includes(method));
}

/** The bound below which a share of what is in the buckets lies. */
function within(bounds: number[], buckets: number[], share: number): string {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [index, count] of buckets.entries()) {
    seen += count;
    if (all && seen >= all * share) return index < bounds.length ? `≤ ${+(bounds[index] * 1000).toPrecision(3)} ms` : `> ${bounds.at(-1)! * 1000} ms`;
  }
  return "";
}

/** Why an order cannot be given here, or "". */
export function refusal(look: Look, service: string, order: "shift" | "rollback"): string {
  const known = look.status.services[service];
  if (look.role !== "operator") return "this token is for looking only: it takes that of an operator";
  if (look.gateways > 1 && !look.fleet) return `${look.gateways} gateways follow this plan: strangler gateway ${order} ${service} asks all of them`;
  if (!known) return "the gateway does not know this service: give it a route in strangler.toml";
  if (known.hold) return "its writes are held: a cut-over is under way";
  if (known.side === "v2") return `v2 has the authority over its data: strangler rollback ${service}`;
  if (!known.sides.includes("v2")) return "no upstream of v2 is known";
  if (order === "rollback" && !Object.values(known.shares).some((share) => share > 0)) return "nobody is sent to v2";
  return "";
}
