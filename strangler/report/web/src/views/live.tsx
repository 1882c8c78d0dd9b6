// What the gateway does now: traffic by route and side, how the applications are, and orders for who may give them.

import { useState } from "preact/hooks";
import type { Model } from "../data/model";
import { refusal, rows, type Look } from "../live/look";
import { looks, order, trouble } from "../live/stream";
import { figure, isolated, Named, Nothing, Tag } from "../parts/basics";
import { Grid } from "../parts/grid";

export function Live({ model }: { model: Model }) {
  const [now, before] = looks.value;
  if (!now) return trouble.value ? <p class="write" role="alert">{trouble.value}</p> : null;
  const { look } = now;
  return (
    <>
      <p role="status" class="soft">{trouble.value ? <span class="write">✕ {trouble.value}</span> : `● live, as ${look.role}`}</p>
      {look.status.problems.map((problem) => <p class="write">✕ {isolated(problem)}</p>)}
      <section aria-labelledby="traffic"><h2 id="traffic">Traffic now</h2>
        {look.routes.length ? <Grid label="Traffic now" rows={rows(now, before ?? null)} columns={[
          { name: "Route", by: (row) => row.route, cell: (row) => <Named model={model} id={`route:${row.route}`} /> },
          { name: "Side", by: (row) => row.side, cell: (row) => <Tag>{row.side === "v2" ? "●" : "○"} {row.side}</Tag> },
          { name: "Requests", number: true, by: (row) => row.requests, cell: (row) => figure(row.requests) },
          { name: "a second", number: true, by: (row) => row.rate ?? -1, cell: (row) => row.rate?.toFixed(1) },
          { name: "% failed", number: true, by: (row) => row.failed ?? -1, cell: (row) => row.failed ? <span class="write">▲ {row.failed.toFixed(1)}</span> : row.failed === null ? "" : "0" },
          { name: "p50", number: true, cell: (row) => row.p50 },
          { name: "p99", number: true, cell: (row) => row.p99 },
          { name: "% differ", number: true, by: (row) => row.differing ?? -1, cell: (row) => row.differing === null ? "" : row.differing ? <span class="write">▲ {row.differing.toFixed(1)}</span> : "0" },
        ]} /> : <Nothing>Nobody has asked anything yet.</Nothing>}
      </section>
      <Differences model={model} look={look} />
      <section aria-labelledby="health"><h2 id="health">Applications</h2>
        <Grid label="Applications" rows={Object.entries(look.status.applications)} columns={[
          { name: "Application", by: ([name]) => name, cell: ([name]) => isolated(name) },
          { name: "Breaker", by: ([, one]) => Number(one.breaker_open), cell: ([, one]) => one.breaker_open ? <span class="write">✕ open</span> : <span class="better">✓ closed</span> },
          { name: "Hosts left out", by: ([, one]) => one.out.length, cell: ([, one]) => one.out.length ? <span class="write">✕ {isolated(one.out.join(", "))}</span> : <span class="better">✓ none</span> },
          { name: "Retries", number: true, by: ([, one]) => one.retries, cell: ([, one]) => figure(one.retries) },
          { name: "Answered by v1 instead", number: true, by: ([, one]) => one.fallbacks, cell: ([, one]) => figure(one.fallbacks) },
        ]} /></section>
      <section aria-labelledby="orders"><h2 id="orders">Orders</h2>{look.gateways > 1 && look.fleet && <p class="soft">To all {look.gateways} gateways of strangler.toml; each must confirm.</p>}{Object.keys(look.status.services).map((service) => <Orders look={look} service={service} />)}</section>
    </>
  );
}

/** In what the answers of both sides differ, with what they said. */
function Differences({ model, look }: { model: Model; look: Look }) {
  const found = Object.entries(look.differences).flatMap(([route, { patterns }]) => patterns.map((pattern) => ({ route, ...pattern })));
  if (!found.length) return null;
  return (
    <section aria-labelledby="differences"><h2 id="differences">Differences of answers that nothing explains</h2>
      <Grid label="Differences of answers" rows={found} columns={[
        { name: "Route", by: ({ route }) => route, cell: ({ route }) => <Named model={model} id={`route:${route}`} /> },
        { name: "Where", by: ({ places }) => places.join(), cell: ({ places }) => <code>{isolated(places.join(", "))}</code> },
        { name: "Pairs", number: true, by: ({ pairs }) => pairs, cell: ({ pairs }) => figure(pairs) },
        { name: "v1 says", cell: ({ v1 }) => <code>{isolated(v1)}</code> },
        { name: "v2 says", cell: ({ v2 }) => <code>{isolated(v2)}</code> },
      ]} /></section>
  );
}

function Orders({ look, service }: { look: Look; service: string }) {
  const known = look.status.services[service];
  const [share, setShare] = useState(5), [said, setSaid] = useState(""), [sure, setSure] = useState("");
  const shares = Object.entries(known.shares).filter(([, v2]) => v2 > 0).map(([route, v2]) => `${v2} % of ${route}`).join("; ") || "nobody is sent to v2";
  const give = async (name: string, path: "shift" | "rollback", body: object) => {
    if (sure !== name) return setSure(name);
    setSure("");
    setSaid("Ordering …");
    const answer = await order(path, { service, ...body }).then((done) => `Done: ${done}.`, (error: unknown) => `✕ ${error instanceof Error ? error.message : String(error)}`);
    setSaid(answer);
  };
  const button = (name: string, path: "shift" | "rollback", body: object) => {
    const why = refusal(look, service, path);
    return (
      <span><button type="button" disabled={why !== ""} aria-describedby={why ? `why-${service}-${why === refusal(look, service, "shift") ? "shift" : path}` : undefined} onClick={() => void give(name, path, body)}>
        {sure === name ? `Really: ${name}?` : name}</button></span>);
  };
  const shift = refusal(look, service, "shift"), rollback = refusal(look, service, "rollback");
  return (
    <div class="card" role="group" aria-label={`Orders for ${service}`}>
      <h3>◆ {isolated(service)} <span class="soft">authority: {known.side}, {isolated(shares)}{known.hold && `, held for ${known.hold.seconds_left.toFixed(1)} s, ${known.hold.waiting} wait`}</span></h3>
      <p class="tools"><label>Share of reads <input type="number" min={0} max={100} value={share} onInput={(event) => setShare(Number(event.currentTarget.value))} /> %</label>
        {button(`Shift ${service} to ${share} %`, "shift", { v2: share })}{button(`Shift all reads of ${service}`, "shift", { v2: 100 })}{button(`Roll back ${service}`, "rollback", {})}</p>
      {shift && <p class="soft" id={`why-${service}-shift`}>{shift === rollback ? "No order can be given" : "Not shifted"}: {isolated(shift)}.</p>}
      {rollback && rollback !== shift && <p class="soft" id={`why-${service}-rollback`}>Not rolled back: {isolated(rollback)}.</p>}
      <p role="status">{isolated(said)}</p>
    </div>
  );
}
