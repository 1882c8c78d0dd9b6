// What breaks the rules of the declared boundaries, beside the baseline: what strangler check fails on.

import type { Violations as Found } from "../data/document";
import { figure, isolated, Nothing, Tag, Where } from "../parts/basics";
import { Fold } from "../parts/fold";
import { Grid } from "../parts/grid";
import { Long } from "../parts/long";
import { go, place } from "../place/store";

const FEW = 40;
const SIGNS = { new: "✕ new", expired: "✕ expired", known: "○ known" } as const;

export function Violations({ violations }: { violations: Found | null }) {
  return <section aria-labelledby="violations"><h2 id="violations">Over the declared boundaries{violations && ` (${figure(violations.state.length)})`}</h2><Body violations={violations} /></section>;
}

function Body({ violations }: { violations: Found | null }) {
  if (!violations) return <Nothing>No boundary is declared: with modules or tables under [services.NAME] in strangler.toml, strangler check and this page tell what crosses it.</Nothing>;
  const { state, rule, source, targets, message, remedy, reason, expires, rules, stale, counts: [fresh, expired, known, gone] } = violations;
  const { q } = place.value, all = [...state.keys()], kinds = [...new Set(rule)];
  const shown = kinds.includes(q) ? all.filter((row) => rule[row] === q) : all;
  return (
    <>
      <p>Beside strangler-baseline.json <b class={fresh ? "write" : "better"}>{fresh ? "▲" : "✓"} {figure(fresh)} new</b>, {figure(expired)} expired, {figure(known)} known, {figure(gone)} gone from the code.
        {!known && !gone && !expired && fresh > 0 && <span class="soft"> Nothing is known yet: <code>strangler check --accept REASON</code> makes the baseline.</span>}</p>
      {all.length > 0 && <div class="tools" role="group" aria-label="Rules">{kinds.map((kind) => (
        <button type="button" aria-pressed={q === kind} title={rules[kind]} onClick={() => go({ q: q === kind ? "" : kind }, true)}>{kind} {figure(rule.filter((other) => other === kind).length)}</button>))}</div>}
      {all.length > 0 && <Grid label="Over the declared boundaries" rows={shown} portion={FEW} columns={[
        { name: "Baseline", by: (row) => state[row], cell: (row) => <span class={`nowrap ${state[row] === "known" ? "soft" : "write"}`}>{SIGNS[state[row]]}</span> },
        { name: "Rule", by: (row) => rule[row], cell: (row) => <Tag>{rule[row]}</Tag> },
        { name: "From", by: (row) => source[row], cell: (row) => <span class="nowrap">{isolated(targets[row] ? `${source[row]} → ${targets[row]}` : source[row])}</span> },
        { name: "What, and what to do", by: (row) => message[row], cell: (row) => (
          <>{isolated(message[row] || rules[rule[row]])} <Where place={violations.place[row]} />
            <div class="soft"><Long name={`violation ${row}`} text={reason[row] ? `Let be: ${reason[row]}${expires[row] && ` (until ${expires[row]})`}` : remedy[row]} /></div></>) },
      ]} />}
      {stale.rule.length > 0 && <Fold name="gone" summary={<>Gone from the code, still in the baseline ({figure(gone)}): <code>strangler check --shrink</code></>}>
        <ul class="facts">{stale.rule.map((kind, row) => <li><Tag>{kind}</Tag> {isolated(stale.subject[row])} <span class="soft">{isolated(stale.reason[row])}</span></li>)}</ul></Fold>}
    </>
  );
}
