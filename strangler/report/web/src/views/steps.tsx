// The plan of a service: every step with what was seen of it, what comes next, and how what is not known is found out.

import type { MigrationRecord, Step } from "../data/document";
import { record } from "../live/stream";
import type { Model } from "../data/model";
import { isolated } from "../parts/basics";

const SIGNS = { done: "✓ done", open: "○ open", unknown: "? not known" } as const;
const KINDS = { done: "better", open: "", unknown: "soft" } as const;

/** What the gateway tells, else what the file has. */
export function recordOf(model: Model): MigrationRecord | null {
  return record.value ?? model.document.migration;
}

export function Steps({ model, service }: { model: Model; service: string }) {
  const steps = recordOf(model)?.services.find((found) => found.service === service)?.steps;
  if (!steps) return <p class="soft">How far its data are and who has the authority over them: <code>strangler status {isolated(service)}</code>.</p>;
  const next = steps.find(({ state }) => state !== "done");
  const done = steps.filter(({ state }) => state === "done").length;
  return (
    <>
      {steps.every(({ state, found }) => state === "unknown" && !found) ? <p>Nobody has looked yet: <code>strangler plan {isolated(service)}</code> does, and this page tells what it saw.</p> : <p><b>{done} of {steps.length} steps done.</b>{" "}
        {next ? <>Next: {isolated(next.title)}. <code>{isolated(next.command)}</code></> : "Everything is done."}
        {!record.value && <span class="soft"> As seen last; <code>strangler plan {isolated(service)}</code> looks again.</span>}</p>}
      <table class="steps" aria-label={`Steps of ${service}`}>
        <thead><tr><th scope="col">Step</th><th scope="col">State</th><th scope="col">What was seen</th><th scope="col">How</th></tr></thead>
        <tbody>{steps.map((step) => <Line step={step} isNext={step === next} />)}</tbody>
      </table>
    </>
  );
}

function Line({ step: { step, title, state, found, gate, command }, isNext }: { step: Step; isNext: boolean }) {
  return (
    <tr class={isNext ? "here" : ""} aria-current={isNext ? "step" : undefined}>
      <th scope="row">{title} <span class="where">{step}</span></th>
      <td class={KINDS[state]}>{SIGNS[state]}</td>
      <td>{isolated(found)}{state !== "done" && <span class="soft">{found && " "}Over when {isolated(gate)}.</span>}</td>
      <td>{state !== "done" && <code>{isolated(command)}</code>}</td>
    </tr>
  );
}
