// What it would cost to cut services out of the rest, and why: those of strangler.toml, and any others that one makes up.

import { useMemo, useState } from "preact/hooks";
import { boundariesToml } from "../cut/boundaries_toml";
import { TERMS } from "../cut/crossings";
import { Drafts } from "../cut/drafts";
import { serviceName } from "../cut/moves";
import { REST } from "../cut/shares";
import { moves, moving, redo, startOver, undo, undone } from "../cut/what_if";
import type { Model } from "../data/model";
import { counted, isolated, Named, Nothing } from "../parts/basics";
import { ExportDialog } from "../parts/export_dialog";
import { Grid } from "../parts/grid";
import { place } from "../place/store";
import { Apart } from "./apart";
import { Crossings } from "./crossings";
import { OwnershipBoard } from "./ownership_board";
import { Terms } from "./terms";

export function Boundaries({ model }: { model: Model }) {
  const drafts = useMemo(() => new Drafts(model), [model]);
  const apart = useMemo(() => <Apart drafts={drafts} />, [drafts]);
  // Where nothing is declared the first question is where to begin.
  const isDeclared = model.document.services.name.length > 0;
  return (
    <div class="page">
      <Cost drafts={drafts} />
      {isDeclared ? <><Why drafts={drafts} />{apart}</> : <>{apart}<Why drafts={drafts} /></>}
    </div>
  );
}

/** What is new at once when something is moved. */
function Cost({ drafts }: { drafts: Drafts }) {
  const { drawn } = drafts.after(moves.value), { cut, services } = drafts.model.document;
  return (
    <>
      <Lead drafts={drafts} />
      <Tools drafts={drafts} />
      {(services.name.length > 0 || moves.value.length > 0) && <section aria-labelledby="terms"><h2 id="terms">The cut, term by term</h2>
        <Terms names={TERMS} now={drawn.counts} before={drafts.declared.drawn.counts} chance={TERMS.map((term) => cut?.expected[cut.name.indexOf(term)] ?? null)} /></section>}
    </>
  );
}

/** What follows when the address has it. */
function Why({ drafts }: { drafts: Drafts }) {
  const { model } = drafts, { shares, drawn } = drafts.after(place.value.move);
  return (
    <>
      <section aria-labelledby="owners"><h2 id="owners">Who owns what</h2>
        <OwnershipBoard model={model} shares={shares} services={drawn.owners.services} /></section>
      <section aria-labelledby="crossings"><h2 id="crossings">What crosses ({counted(drawn.crossings.length, "crossing")})</h2><Crossings model={model} drawn={drawn} /></section>
      <section aria-labelledby="hops"><h2 id="hops">Requests that would need another service ({drawn.hops.size})</h2>
        {drawn.hops.size ? <Grid label="Requests that would need another service" portion={FEW} rows={[...drawn.hops]} columns={[
          { name: "Request", by: ([route]) => route, cell: ([route]) => <Named model={model} id={`route:${route}`} /> },
          { name: "Other services", number: true, by: ([, count]) => count, cell: ([, count]) => count },
        ]} /> : <Nothing>None.</Nothing>}</section>
    </>
  );
}

const FEW = 40;

function Lead({ drafts }: { drafts: Drafts }) {
  const draft = drafts.after(moves.value), services = draft.drawn.owners.services.filter((service) => service !== REST);
  if (!services.length) {
    return <p class="lead">No service is declared in strangler.toml, so nothing crosses. Move an app, a table or a module out, and see what it would cost.</p>;
  }
  const names = services.map((name, index) => <>{index > 0 && ", "}<b>{isolated(name)}</b></>);
  return (
    <p class="lead">To cut {names} out of the rest, this is what crosses.{" "}
      {draft.moves.length > 0 && <span class="soft">What if: {draft.moves.map(({ node, service }, index) => <>{index > 0 && ", "}{isolated(drafts.model.nameOf(node))} → {isolated(serviceName(service))}</>)}.</span>}</p>
  );
}

function Tools({ drafts }: { drafts: Drafts }) {
  const [exporting, setExporting] = useState(false);
  const { model } = drafts, made = moves.value, chosen = model.find(place.value.sel);
  return (
    <div class="tools" role="toolbar" aria-label="What if">
      <button type="button" onClick={() => { moving.value = place.peek().sel || ""; }}>Move {chosen ? isolated(model.nameOf(chosen)) : "something"} <kbd>m</kbd></button>
      <button type="button" disabled={!made.length} onClick={undo}>Undo <kbd>u</kbd></button>
      <button type="button" disabled={!undone.value.length} onClick={redo}>Redo <kbd>U</kbd></button>
      <button type="button" disabled={!made.length} onClick={startOver}>Start over</button>
      <button type="button" onClick={() => setExporting(true)}>Export boundaries.toml</button>
      <span class="soft" role="status">{made.length ? `${counted(made.length, "move")} made; the address keeps them` : ""}</span>
      {exporting && <ExportDialog file="boundaries.toml" text={boundariesToml(model, drafts.declared.shares, drafts.after(made).shares)} close={() => setExporting(false)}
        next="Put it beside strangler.toml: strangler suggest heeds it." />}
    </div>
  );
}
