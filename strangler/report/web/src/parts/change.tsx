import { figure } from "./basics";

/** More or less of something that couples: a sign and how much, not a colour alone. */
export function Change({ from, to }: { from: number; to: number }) {
  if (from === to) return <span class="soft" aria-label="as before">·</span>;
  return to > from ? <span class="write">▲ {figure(to - from)}</span> : <span class="better">▼ {figure(from - to)}</span>;
}
