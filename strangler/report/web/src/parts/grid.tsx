// A table whose columns can be sorted by and whose rows come in portions.

import type { ComponentChildren } from "preact";
import { told, telling } from "../place/place";
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

/** `label` is its name among the tables of a view; `portion` rows are shown at a time. */
export function Grid<T>(props: { label: string; columns: Column<T>[]; rows: T[]; portion?: number }) {
  const { label } = props, portion = props.portion ?? PORTION;
  const { sort, change } = useOrder<T>(label);
  const { portions } = place.value, count = Math.max(1, Number(told(portions, label)) || 1);
  const rows = sorted(props.rows, props.columns, sort);
  const shown = rows.slice(0, count * portion);
  return (
    <div class="grid">
      <table aria-label={label}>
        <thead><tr>{props.columns.map((column) => (
          <Head column={column} sort={sort} change={change} />))}</tr></thead>
        <tbody>{shown.map((row) => (
          <tr>{props.columns.map((column) => <td class={column.number ? "number" : ""}>{column.cell(row)}</td>)}</tr>))}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <button type="button" class="more" onClick={() => go({ portions: telling(portions, label, String(count + 1)) }, true)}>
          Show {figure(Math.min(portion, rows.length - shown.length))} more of {figure(rows.length)}
        </button>)}
    </div>
  );
}

/** The head of a column; one that can be sorted by is a button. */
export function Head<T>({ column, sort, change }: { column: Column<T>; sort: string; change: (column: Column<T>) => void }) {
  const { name } = column;
  return (
    <th scope="col" class={column.number ? "number" : ""} aria-sort={sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined}>
      {column.by ? <button type="button" class="sort" onClick={() => change(column)}>
        {name}<span aria-hidden="true">{sort === name ? "▲" : sort === `-${name}` ? "▼" : ""}</span></button> : name}
    </th>
  );
}

/** By which column a table is sorted, at first by `first`; a click goes on to the other direction, and back to the first. */
export function useOrder<T>(label: string, first = ""): { sort: string; change: (column: Column<T>) => void } {
  const own = told(place.value.sort, label), sort = own || first;
  const change = ({ name, number }: Column<T>) => {
    const [begin, other] = number ? [`-${name}`, name] : [name, `-${name}`];
    go({ sort: telling(place.peek().sort, label, sort === begin ? other : sort === other && sort !== first ? "" : begin) }, true);
  };
  return { sort, change };
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
