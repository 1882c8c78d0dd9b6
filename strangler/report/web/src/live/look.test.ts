import { expect, test } from "vitest";
import { isMeasuredBy, refusal, rows, type Look } from "./look";

const SERVICE = { side: "v1" as const, epoch: 1, hold: null, shares: { "GET /reviews": 5 }, sides: ["v1", "v2"], rolled_back: [] };

function look(change: Partial<Look> = {}): Look {
  return { role: "operator", gateways: 1, fleet: false, migration: null, status: { services: { reviews: SERVICE }, applications: {}, problems: [] }, bounds: [0.01, 0.1], routes: [], differences: {}, ...change };
}

test("two looks say how often, how fast and how well meanwhile", () => {
  const first = look({ routes: [{ route: "GET /reviews", side: "v2", requests: 100, failed: 4, buckets: [100, 0, 0] }] });
  const second = look({
    routes: [{ route: "GET /reviews", side: "v2", requests: 120, failed: 5, buckets: [110, 10, 0] }], differences: { "GET /reviews": { compared: 50, unexplained: 1, patterns: [] } },
  });
  expect(rows({ look: second, at: 3000 }, { look: first, at: 1000 })).toEqual([
    { route: "GET /reviews", side: "v2", requests: 120, rate: 10, failed: 5, p50: "≤ 10 ms", p99: "≤ 100 ms", differing: 2 },
  ]);
});

test("a gateway that was restarted counts anew", () => {
  const first = look({ routes: [{ route: "GET /reviews", side: "v1", requests: 100, failed: 0, buckets: [100, 0, 0] }] });
  const second = look({ routes: [{ route: "GET /reviews", side: "v1", requests: 3, failed: 0, buckets: [0, 0, 3] }] });
  expect(rows({ look: second, at: 2000 }, { look: first, at: 1000 })[0]).toMatchObject({ rate: 3, failed: 0, p50: "> 100 ms" });
});

test("an order that cannot be given says why", () => {
  expect(refusal(look(), "reviews", "shift")).toBe("");
  expect(refusal(look({ role: "reader" }), "reviews", "shift")).toContain("looking only");
  expect(refusal(look({ gateways: 3 }), "reviews", "rollback")).toContain("3 gateways");
  expect(refusal(look(), "orders", "shift")).toContain("does not know");
  const with_ = (change: object) => look({ status: { services: { reviews: { ...SERVICE, ...change } }, applications: {}, problems: [] } });
  expect(refusal(with_({ side: "v2" }), "reviews", "shift")).toContain("strangler rollback reviews");
  expect(refusal(with_({ shares: { "GET /reviews": 0 } }), "reviews", "rollback")).toContain("nobody");
  expect(refusal(with_({ sides: ["v1"] }), "reviews", "shift")).toContain("no upstream");
});

test("a rule measures the routes of its path and methods", () => {
  expect(isMeasuredBy("GET /orders/{id}", "GET /orders/{id}")).toBe(true);
  expect(isMeasuredBy("GET,POST /orders", "POST /orders")).toBe(true);
  expect(isMeasuredBy("/orders", "POST /orders")).toBe(true);
  expect(isMeasuredBy("GET,POST /orders", "DELETE /orders")).toBe(false);
  expect(isMeasuredBy("GET /orders", "GET /orders/{id}")).toBe(false);
});
