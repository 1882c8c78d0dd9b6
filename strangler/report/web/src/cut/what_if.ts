// The what-if of the page. What has been moved stands in the address; its cost is shown first and all else after that,
// since the lists of what crosses take many times as long to lay out.

import { effect, signal } from "@preact/signals";
import { go, place } from "../place/store";

/** What benchmarks/report.py measures from. */
export const MOVED = "strangler-moved";

/** The moves as the address writes them, before it does. */
export const moves = signal<readonly string[]>(place.peek().move);

/** Moves that were taken back and could be made again, the next one last. */
export const undone = signal<readonly string[]>([]);

/** What is being moved: the id of a node, "" for what has still to be chosen, null for nothing. */
export const moving = signal<string | null>(null);

effect(() => {
  const { move } = place.value;
  if (move.join("\n") !== moves.peek().join("\n")) moves.value = move;
});

/** Makes a move, shown where its cost is. */
export function move(id: string, service: string): void {
  undone.value = [];
  change([...moves.peek(), `${id}>${service}`]);
}

export function undo(): void {
  const last = moves.peek().at(-1);
  if (last === undefined) return;
  undone.value = [...undone.peek(), last];
  change(moves.peek().slice(0, -1));
}

export function redo(): void {
  const again = undone.peek().at(-1);
  if (again === undefined) return;
  undone.value = undone.peek().slice(0, -1);
  change([...moves.peek(), again]);
}

export function startOver(): void {
  undone.value = [];
  change([]);
}

let timer = 0;

function change(next: readonly string[]): void {
  performance.mark(MOVED);
  const settle = () => go({ view: "boundaries", move: [...next] });
  clearTimeout(timer);
  if (place.peek().view !== "boundaries") return settle();
  moves.value = next;
  timer = setTimeout(settle);
}
