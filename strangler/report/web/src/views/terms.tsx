// A cut vector: each term, how it differs from that of the declared services, and what would be by chance.

import { useLayoutEffect } from "preact/hooks";
import { MOVED } from "../cut/what_if";
import { figure } from "../parts/basics";
import { Change } from "../parts/change";

interface Props {
  names: readonly string[];
  now: readonly number[];
  before: readonly number[];
  /** The mean of cuts of the declared sizes through other tables; null where nothing is declared. */
  chance: readonly (number | null)[];
}

/** What a term counts, those that cost most to give up first. */
const COUNTED: Record<string, string> = {
  "transaction": "commits that write tables of several services",
  "writers": "tables that several services write",
  "write": "writes to a table of another service",
  "join": "statements over tables of several services",
  "read": "reads of a table of another service",
  "foreign-key": "keys into a table of another service",
  "call": "calls of code that has effects elsewhere",
  "shared-code": "calls of code that only computes",
  "cycles": "rings of services that need each other",
  "remote hops": "other services needed, over all requests",
};

export function Terms({ names, now, before, chance }: Props) {
  useLayoutEffect(measured, [now]);
  const hasChance = chance.some((value) => value !== null);
  const most = Math.max(1, ...now, ...before, ...chance.map((value) => value ?? 0));
  const share = (value: number) => `${(100 * value) / most}%`;
  return (
    <>
      <table class="terms" aria-label="The cut, term by term">
        <thead><tr><th scope="col">Term</th><th scope="col" class="number">Here</th><th scope="col" class="number">Change</th>
          {hasChance && <th scope="col" class="number">By chance</th>}<th scope="col">Beside each other</th><th scope="col">What it counts</th></tr></thead>
        <tbody>{names.map((term, index) => (
          <tr><th scope="row">{term}</th><td class="number"><b>{figure(now[index])}</b></td><td class="number"><Change from={before[index]} to={now[index]} /></td>
            {hasChance && <td class="number">{chance[index]?.toFixed(1)}</td>}
            <td><div class="beside" aria-hidden="true"><span style={{ width: share(now[index]) }} />{before[index] !== now[index] && <em style={{ left: share(before[index]) }} />}
              {chance[index] !== null && <i style={{ left: share(chance[index]) }} />}</div></td><td class="soft">{COUNTED[term]}</td></tr>))}</tbody>
      </table>
      <p class="soft note">{hasChance && "▮ by chance: the mean of cuts as large as the declared ones through other tables. "}□ what strangler.toml declares now.</p>
    </>
  );
}

/** What benchmarks/report.py reads: from a move to the new numbers in the page. */
function measured(): void {
  if (!performance.getEntriesByName(MOVED).length) return;
  performance.measure("strangler-whatif", MOVED);
  performance.clearMarks(MOVED);
}
