// Where the reader is, all of it in the address: #/view?name=value. A link to it shows the same thing to somebody else.

export const VIEWS = ["overview", "graph", "matrix", "routes", "tables", "boundaries", "findings", "migration"] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  view: View;
  /** The id of the pinned node, shown in the inspector. */
  sel: string;
  /** The route or entry whose way is shown. */
  at: string;
  /** What the lists of a view are narrowed to. */
  q: string;
  /** The kinds of edges drawn, by their first letters: d(epends), r(eads), w(rites), f(oreign keys). */
  edges: string;
  /** The graph as lists: its table twin. */
  list: boolean;
  /** What the graph finds and hides. */
  find: string;
  /** Only this node and what is next to it. */
  focus: string;
  /** What the pinned node leads to ("out") or what leads to it ("in"). */
  impact: "" | "in" | "out";
  /** The end of a path that begins at the pinned node. */
  to: string;
  /** Scale and middle of the graph in units of the map; "" for all of it. */
  zoom: string;
  /** Groups that are closed, by name. */
  closed: string[];
  /** The matrix of the modules of one group; "" for that of the groups. */
  inside: string;
  /** A what-if of the boundaries: "ID>SERVICE" for each table, module or group that is moved, in their order. */
  move: string[];
  /** Every step of a request, not only what touches something. */
  all: boolean;
  /** By what a table is sorted: "TABLE:COLUMN", with "-" before the column for descending. */
  sort: string[];
  /** How many portions of a table are shown: "TABLE:NUMBER". */
  portions: string[];
  /** What was opened or closed, by name. */
  toggled: string[];
  theme: "" | "light" | "dark";
  /** What opens a place in the reader's editor: an address with {file} and {line}, or "". */
  editor: string;
}

export const HOME: Place = {
  view: "overview", sel: "", at: "", q: "", edges: "dw", list: false, find: "", focus: "", impact: "", to: "", zoom: "",
  closed: [], inside: "", move: [], all: false, sort: [], portions: [], toggled: [], theme: "", editor: "",
};

/** The fragment of the address for a place; what is as at HOME is left out. */
export function written(place: Place): string {
  const values = new URLSearchParams();
  for (const name of Object.keys(HOME) as (keyof Place)[]) {
    const value = place[name];
    if (name === "view" || String(value) === String(HOME[name])) continue;
    if (Array.isArray(value)) for (const item of value) values.append(name, item);
    else values.set(name, value === true ? "1" : String(value));
  }
  const query = values.toString();
  return `#/${place.view}${query ? `?${query}` : ""}`;
}

/** The place a fragment means; what it does not say, or says wrongly, is as at HOME. */
export function read(fragment: string): Place {
  const [path, query = ""] = fragment.replace(/^#\/?/, "").split(/\?(.*)/s);
  const values = new URLSearchParams(query);
  const text = (name: keyof Place) => values.get(name) ?? (HOME[name] as string);
  const impact = text("impact"), theme = text("theme");
  return {
    view: VIEWS.find((view) => view === path) ?? HOME.view,
    sel: text("sel"), at: text("at"), q: text("q"), edges: text("edges"), list: values.get("list") === "1",
    find: text("find"), focus: text("focus"), impact: impact === "in" || impact === "out" ? impact : "", to: text("to"), zoom: text("zoom"),
    closed: values.getAll("closed"), inside: text("inside"), move: values.getAll("move"), all: values.get("all") === "1",
    sort: values.getAll("sort"), portions: values.getAll("portions"), toggled: values.getAll("toggled"),
    theme: theme === "light" || theme === "dark" ? theme : "", editor: text("editor"),
  };
}

/** What a list of "NAME:VALUE" says of a name; "" where it says nothing. */
export function told(list: readonly string[], name: string): string {
  return list.find((item) => item.startsWith(`${name}:`))?.slice(name.length + 1) ?? "";
}

/** The list with something else said of a name, or nothing. */
export function telling(list: readonly string[], name: string, value: string): string[] {
  return [...list.filter((item) => !item.startsWith(`${name}:`)), ...(value ? [`${name}:${value}`] : [])];
}

/** The address that opens a place such as ``shop/views.py:12`` in an editor; "" where the template would run something. */
export function editorLink(template: string, where: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(template) || !template.includes("{file}")) return "";
  const end = where.lastIndexOf(":");
  return template.replace("{file}", encodeURI(where.slice(0, end))).replace("{line}", where.slice(end + 1));
}
