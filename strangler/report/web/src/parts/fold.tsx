// What is shown or hidden as one asks for it; whether it is stands in the address, so that others see the same.

import type { ComponentChildren } from "preact";
import { go, place } from "../place/store";

/** Whether something that is shown at first, or hidden at first, has been turned round; and what turns it. */
export function useToggled(name: string): [boolean, () => void] {
  const { toggled } = place.value, is = toggled.includes(name);
  return [is, () => go({ toggled: is ? toggled.filter((other) => other !== name) : [...toggled, name] }, true)];
}

/** A summary and what is behind it; `name` is its own among those of a view. */
export function Fold({ name, open = false, class: kind, summary, children }: {
  name: string; open?: boolean; class?: string; summary: ComponentChildren; children: ComponentChildren;
}) {
  const [toggled, toggle] = useToggled(name), shown = open !== toggled;
  return (
    <details class={kind} open={shown} onToggle={(event) => { if (event.currentTarget.open !== shown) toggle(); }}>
      <summary>{summary}</summary>{children}
    </details>
  );
}
