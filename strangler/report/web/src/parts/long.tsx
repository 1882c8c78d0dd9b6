import { isolated } from "./basics";

const ROOM = 180;

/** A long text that is shown whole when one asks for it. */
export function Long({ text }: { text: string }) {
  if (text.length <= ROOM) return isolated(text);
  return <details class="long"><summary>{isolated(`${text.slice(0, text.lastIndexOf(" ", ROOM))} …`)}</summary>{isolated(text)}</details>;
}
