// A table whose columns can be sorted by and whose rows come in portions.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { go, place } from "../place/store";
import { figure } from "./basics";

const PORTION = 200;

export interface Column<T> {
  name: string;
  /** What to sort by; a column without it is not sorted by. */
  by?: (row: T) => string | number;
  number?: boolean;
  cell: (row: T) => ComponentChildren;
}

/** With `main` the order stands in the address: at most one table of a view; `portion` rows are shown at a time. */
export function Grid<T>(props: { label: string; columns: Column<T>[]; rows: T[]; main?: boolean; portion?: number }) {
  const portion = props.portion ?? PORTION;
  const [own, setOwn] = useState("");
  const [portions, setPortions] = useState(1);
  const sort = props.main ? place.value.sort : own;
  const rows = sorted(props.rows, props.columns, sort);
  const shown = rows.slice(0, portions * portion);
  const change = (name: string, number: boolean) => {
    const first = number ? `-${name}` : name, second = number ? name : `-${name}`;
    const next = sort === first ? second : sort === second ? "" : first;
    if (props.main) go({ sort: next }, true);
    else setOwn(next);
  };
  return (
    <div class="grid">
      <table aria-label={props.label}>
        <thead><tr>{props.columns.map((column) => (
          <th scope="col" class={column.number ? "number" : ""} aria-sort={order(sort, column.name)}>
            {column.by
              ? <button type="button" class="sort" onClick={() => change(column.name, column.number ?? false)}>
                {column.name}<span aria-hidden="true">{mark(sort, column.name)}</span></button>
              : column.name}
          </th>))}</tr></thead>
        <tbody>{shown.map((row) => (
          <tr>{props.columns.map((column) => <td class={column.number ? "number" : ""}>{column.cell(row)}</td>)}</tr>))}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <button type="button" class="more" onClick={() => setPortions(portions + 1)}>
          Show {figure(Math.min(portion, rows.length - shown.length))} more of {figure(rows.length)}
        </button>)}
    </div>
  );
}

export function sorted<T>(rows: T[], columns: Column<T>[], sort: string): T[] {
  const name = sort.replace(/^-/, "");
  const by = columns.find((column) => column.name === name)?.by;
  if (!by) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => {
    const left = by(a), right = by(b);
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

function order(sort: string, name: string): "ascending" | "descending" | undefined {
  return sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined;
}

function mark(sort: string, name: string): string {
  return sort === name ? " ▲" : sort === `-${name}` ? " ▼" : "";
}
