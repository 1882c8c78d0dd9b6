"use strict";
function overviewView(data) {
  const { summary } = data;
  const size = summary.size;
  const tile = (number, noun, link) => element(link ? "a" : "div", { className: "tile", ...(link && { href: link }) },
    element("b", {}, figure(number)), noun);
  return element("div", {},
    element("p", { className: "soft" }, summary.frameworks.join(", ") || "no framework found",
      ` · ${counted(size.test_modules, "test module")} and ${counted(size.migration_modules, "migration")} kept apart`),
    element("div", { className: "tiles" },
      tile(size.lines, "lines of code"), tile(size.modules, "modules", "#/modules"), tile(size.functions, "functions"),
      tile(data.routes.length, "routes", "#/routes"), tile(data.tables.length, "tables", "#/tables"),
      tile(data.entries.length, "other entry points"), tile(summary.cycles.length, "import cycles"),
      tile(summary.shared.length, "tables with several writers")),
    element("h2", {}, "Worth knowing"),
    summary.findings.length
      ? element("ol", { className: "findings" }, summary.findings.map(([text, , place]) =>
        element("li", {}, text, " ", element("code", { className: "soft" }, place))))
      : element("p", { className: "soft" }, "Nothing stands out."),
    element("h2", {}, "Coverage: what became of every call"), coverage(summary.ledger),
    element("h2", {}, "Tables written from several apps"), sharedTables(data),
    element("h2", {}, "Most coupled modules"), coupledModules(data),
    element("h2", {}, "Import cycles"), cycles(summary.cycles),
    element("h2", {}, "Entry points that are not routes"), entryPoints(data));
}

function coverage(ledger) {
  const parts = [
    ["resolved", "linked to code of the system"], ["external", "go to packages outside"], ["builtin", "Python's own"],
    ["ambiguous", "several candidates, none taken"], ["opaque", "nothing known of the target"],
  ];
  if (!ledger.total) return element("p", { className: "soft" }, "No calls.");
  const share = (name) => (100 * ledger[name]) / ledger.total;
  const bar = element("div", { className: "bar", role: "img", ariaLabel: "Shares of calls" }, parts.map(([name, text], index) => {
    const part = element("span", { className: `part${index}`, title: `${name}: ${text}` });
    part.style.width = `${share(name)}%`;
    return part;
  }));
  return element("div", {}, bar, element("div", { className: "legend" }, parts.map(([name, text], index) =>
    element("span", {}, element("i", { className: `part${index}` }), element("b", {}, name),
      ` ${figure(ledger[name])} (${share(name).toFixed(1)} %)`, element("span", { className: "soft" }, ` ${text}`)))));
}

function sharedTables(data) {
  if (!data.summary.shared.length) return element("p", { className: "soft" }, "None.");
  return dataTable(["Table", "Owner", "Written from"], data.summary.shared.map(({ table, owner, writers }) => [
    tableLink(data, table), owner || "no model",
    writers.map(([app, count]) => `${app} (${count})`).join(", ")]));
}

function coupledModules(data) {
  const rows = [...data.modules].sort((a, b) => b.usedBy + b.uses - a.usedBy - a.uses || (a.name < b.name ? -1 : 1)).slice(0, 15);
  return dataTable(["Module", "Used by#", "Uses#", "Lines#"],
    rows.map((module) => [moduleLink(module), figure(module.usedBy), figure(module.uses), figure(module.lines)]));
}

function cycles(found) {
  if (!found.length) return element("p", { className: "soft" }, "None.");
  return element("div", {}, found.slice(0, 25).map((cycle) => element("details", {},
    element("summary", {}, counted(cycle.modules.length, "module"), ": ", code(shortRing(cycle.example)),
      cycle.deferred ? element("span", { className: "tag" }, "deferred imports only") : null),
    element("p", {}, "Cheapest imports to undo:"),
    dataTable(["Import", "Place", "Uses#"], cycle.cheapest.slice(0, 40).map(([from, to, place, uses]) =>
      [code(`${from} → ${to}`), code(place), figure(uses)])),
    element("p", { className: "soft code" }, cycle.modules.join(", ")))));
}

function shortRing(ring) {
  return (ring.length > 6 ? [...ring.slice(0, 5), "…"] : ring).join(" → ");
}

function entryPoints(data) {
  if (!data.entries.length) return element("p", { className: "soft" }, "None.");
  return dataTable(["Kind", "Name", "Function", "Place"], data.entries.map((entry, index) =>
    [entry.kind, element("a", { href: `#/entries/${index}` }, entry.name), code(data.functions[entry.fn].name), code(entry.place)]));
}
