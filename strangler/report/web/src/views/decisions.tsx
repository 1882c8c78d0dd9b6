// What was decided on the way, with the figures it was decided by: the latest lines of the audit log.

import type { Decision } from "../data/document";
import type { Model } from "../data/model";
import { isolated, Nothing } from "../parts/basics";
import { Grid } from "../parts/grid";
import { recordOf } from "./steps";

const FEW = 30;

export function Decisions({ model }: { model: Model }) {
  const decisions = recordOf(model)?.decisions ?? [], named = decisions.some(({ who }) => who);
  return (
    <section aria-labelledby="decisions"><h2 id="decisions">Decisions</h2>
      {decisions.length ? <Grid label="Decisions" rows={decisions} portion={FEW} columns={[
        { name: "When", by: ({ at }) => at, cell: ({ at }) => <time dateTime={at}>{at.slice(0, 19).replace("T", " ")}</time> },
        { name: "Service", by: ({ service }) => service, cell: ({ service }) => isolated(service) },
        { name: "What", by: ({ action }) => action, cell: ({ action }) => isolated(action) },
        { name: "By which figures", cell: (decision) => isolated(figures(decision)) },
        ...(named ? [{ name: "Who", by: ({ who }: Decision) => who, cell: ({ who }: Decision) => isolated(who) }] : []),
      ]} /> : <Nothing>None yet: every shift, cut-over and gate of a plan leaves a line in .strangler/audit.jsonl, which stands here.</Nothing>}
    </section>
  );
}

function figures({ details }: Decision): string {
  return Object.entries(details).map(([name, value]) => `${name}: ${value}`).join("; ");
}
