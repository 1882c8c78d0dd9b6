import "./style.css";
import "./parts/guard";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { unpacked } from "./data/document";
import { Model } from "./data/model";
import { Go, isolated } from "./parts/basics";
import { isMovable } from "./cut/moves";
import { moving, redo, undo } from "./cut/what_if";
import { Inspector } from "./parts/inspector";
import { follow } from "./live/stream";
import { MoveDialog } from "./parts/move_dialog";
import { TokenForm } from "./parts/token_form";
import { Search } from "./parts/search";
import type { View } from "./place/place";
import { go, place } from "./place/store";
import { Boundaries } from "./views/boundaries";
import { Findings } from "./views/findings";
import { Graph } from "./views/graph";
import { Matrix } from "./views/matrix";
import { Migration } from "./views/migration";
import { Overview } from "./views/overview";
import { Routes } from "./views/routes";
import { Tables } from "./views/tables";

const TABS: readonly { view: View; name: string; show: (props: { model: Model }) => preact.JSX.Element }[] = [
  { view: "overview", name: "Overview", show: Overview },
  { view: "graph", name: "Graph", show: Graph },
  { view: "matrix", name: "Matrix", show: Matrix },
  { view: "routes", name: "Routes", show: Routes },
  { view: "tables", name: "Tables", show: Tables },
  { view: "boundaries", name: "Boundaries", show: Boundaries },
  { view: "migration", name: "Migration", show: Migration },
  { view: "findings", name: "Findings", show: Findings },
];

function App({ model }: { model: Model }) {
  const [searching, setSearching] = useState(false);
  const { view, theme } = place.value;
  const tab = TABS.find((other) => other.view === view) ?? TABS[0];
  useEffect(() => {
    void painted().then(() => { document.body.dataset.ready = tab.view; });
  }, [tab]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      if (event.key === "/") {
        event.preventDefault();
        setSearching(true);
      } else if (event.key === "f" && place.peek().view === "graph") {
        go({ zoom: "" }, true);
      } else if (event.key === "m") {
        event.preventDefault();
        moving.value = touched(model, event.target);
      } else if (event.key === "u" && place.peek().view === "boundaries") undo();
      else if (event.key === "U" && place.peek().view === "boundaries") redo();
      else if (event.key === "Escape" && place.peek().sel) go({ sel: "", impact: "", to: "" });
      else if (event.key === "Escape" && place.peek().view === "graph" && place.peek().focus) go({ focus: "", zoom: "" });
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return (
    <>
      <header class="top">
        <h1>{isolated(model.document.summary.root)}</h1>
        <nav aria-label="Views">{TABS.map(({ view: other, name }) => <Go to={{ view: other }} current={other === tab.view}>{name}</Go>)}</nav>
        <div class="end">
          <button type="button" onClick={() => setSearching(true)}>Search <kbd>/</kbd></button>
          <button type="button" aria-label={`Colours: ${theme || "auto, as the system"}`} onClick={() => go({ theme: NEXT_THEME[theme] }, true)}>{THEME_SIGNS[theme]}</button>
        </div>
      </header>
      <div class="body"><main tabIndex={-1} data-view={tab.view}><tab.show model={model} /></main><Inspector model={model} /></div>
      <MoveDialog model={model} />
      {searching && <Search model={model} close={() => setSearching(false)} />}
    </>
  );
}

const NEXT_THEME = { "": "light", light: "dark", dark: "" } as const;
const THEME_SIGNS = { "": "◐ auto", light: "☀ light", dark: "☾ dark" } as const;

/** Once the page shows something: Chromium drops keys before. */
function painted(): Promise<void> {
  return new Promise((done) => {
    const look = () => performance.getEntriesByName("first-contentful-paint").length ? done() : requestAnimationFrame(look);
    look();
  });
}

/** What can be moved: what has the focus, else what is pinned; "" for neither. */
function touched(model: Model, target: EventTarget | null): string {
  const focused = target instanceof HTMLElement ? target.dataset.node : undefined;
  return focused ?? (isMovable(model.find(place.peek().sel)) ? place.peek().sel : "");
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== "checkbox";
}

const root = document.getElementById("report")!;

async function open(packed: string): Promise<void> {
  const model = new Model(await unpacked(packed));
  root.replaceChildren();
  render(<App model={model} />, root);
}

const packed = document.getElementById("data")!.textContent;
if (packed) open(packed).catch((error: unknown) => root.replaceChildren(`This browser cannot read the data of the page: ${String(error)}`));
else {
  root.replaceChildren();
  render(<TokenForm open={async (found) => {
    render(null, root);
    await open(found);
    void follow();
  }} />, root);
}
