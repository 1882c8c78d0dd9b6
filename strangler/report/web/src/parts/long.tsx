import { isolated } from "./basics";
import { Fold } from "./fold";

const ROOM = 180;

/** A long text that is shown whole when one asks for it; `name` is its own among those of a view. */
export function Long({ name, text }: { name: string; text: string }) {
  if (text.length <= ROOM) return isolated(text);
  return <Fold name={name} class="long" summary={isolated(`${text.slice(0, text.lastIndexOf(" ", ROOM))} …`)}>{isolated(text)}</Fold>;
}
