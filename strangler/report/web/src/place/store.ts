import { effect, signal } from "@preact/signals";
import { HOME, read, written, type Place } from "./place";

export const place = signal<Place>(read(location.hash));

// At once, not with the next drawing: what is drawn asks the style sheet for its colours.
effect(() => { document.documentElement.dataset.theme = place.value.theme; });

addEventListener("hashchange", () => {
  if (location.hash !== written(place.peek())) place.value = read(location.hash);
});

/** Goes on to a place that differs in some respects; `quietly` adds nothing to the history. */
export function go(change: Partial<Place>, quietly = false): void {
  place.value = after(place.peek(), change);
  const hash = written(place.peek());
  if (hash === location.hash) return;
  if (quietly) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
}

/** Where another view begins: nothing chosen, but looking as before, and with what is moved. */
function elsewhere({ theme, editor, move }: Place): Place {
  return { ...HOME, theme, editor, move };
}

/** What belongs to a view does not come along to another, nor what is opened of a request to the next. */
function after(now: Place, change: Partial<Place>): Place {
  if (change.view && change.view !== now.view) return { ...elsewhere(now), ...change };
  const isOther = change.at !== undefined && change.at !== now.at;
  return { ...now, ...(isOther && { portions: [], toggled: [] }), ...change };
}

/** The address of a place that differs from the present one. */
export function linkTo(change: Partial<Place>): string {
  return written(after(place.value, change));
}

/** Whether a click on a link is meant for this page as it is, not for a new tab. */
export function follow(event: MouseEvent, change: Partial<Place>): void {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(change);
}
