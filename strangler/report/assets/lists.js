"use strict";
// Searchable lists with the chosen item beside them.
const MOST_ROWS = 400;

function listView({ items, text, row, link, chosen, detail, noun }) {
  const rows = element("div", { className: "rows" });
  const texts = items.map((item) => text(item).toLowerCase());
  const search = element("input", { type: "search", placeholder: `Search ${counted(items.length, noun)}`, ariaLabel: `Search ${noun}s` });
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = items.filter((_, index) => words.every((word) => texts[index].includes(word)));
    rows.replaceChildren(...found.slice(0, MOST_ROWS).map((item) =>
      element("a", { href: link(item), className: item === chosen ? "here" : "" }, row(item))));
    if (found.length > MOST_ROWS) rows.append(element("p", { className: "soft" }, `... and ${figure(found.length - MOST_ROWS)} more: search on`));
    if (!found.length) rows.append(element("p", { className: "soft" }, "Nothing found."));
  };
  search.addEventListener("input", () => { listView.searches[noun] = search.value; show(); });
  search.value = listView.searches[noun] || "";
  show();
  if (chosen) requestAnimationFrame(() => rows.querySelector(".here")?.scrollIntoView({ block: "nearest" }));
  return element("div", { className: "pair" },
    element("div", { className: "list" }, element("div", { className: "search" }, search), rows),
    element("div", { className: "detail" }, chosen ? detail(chosen) : element("p", { className: "soft" }, `Choose a ${noun}.`)));
}
listView.searches = {};

function routesView(data, number) {
  return listView({
    items: data.routes, noun: "route", chosen: data.routes[number],
    text: (route) => `${route.method} ${route.path} ${route.handler}`,
    link: (route) => `#/routes/${route.index}`,
    row: (route) => [element("span", { className: "method" }, route.method), code(route.path),
      element("small", {}, `reads ${route.reads.length}, writes ${route.writes.length} · ${route.handler}`)],
    detail: (route) => requestDetail(data, route),
  });
}

function tablesView(data, number) {
  return listView({
    items: data.tables, noun: "table", chosen: data.tables[number],
    text: (table) => `${table.name} ${table.model} ${table.app}`,
    link: (table) => `#/tables/${table.index}`,
    row: (table) => [code(table.name), element("small", {},
      `${table.app || "no model"} · ${counted(table.writers.length, "write")}, ${counted(table.readers.length, "read")}`)],
    detail: (table) => tableDetail(data, table),
  });
}

function tableDetail(data, table) {
  const accesses = (found) => found.length
    ? dataTable(["Function", "Operation", "Place"], found.map(({ fn, step }) => [code(fn.name), step.operation, code(step.place)]))
    : element("p", { className: "soft" }, "None.");
  return element("div", {},
    element("h2", { className: "code" }, table.name),
    element("p", { className: "soft" }, [table.app, table.origin, table.model, table.place].filter(Boolean).join(" · ")),
    element("h2", {}, "Columns"),
    table.columns.length
      ? element("div", { className: "chips" }, table.columns.map(([name, type]) =>
        element("span", { className: "chip" }, code(name), element("span", { className: "soft" }, ` ${type}`))))
      : element("p", { className: "soft" }, "Not known."),
    element("h2", {}, "Foreign keys"),
    table.keys.length + table.usedAsKey.length
      ? dataTable(["Column", "Direction", "Table"], [
        ...table.keys.map((key) => [code(key.column), "refers to", tableLink(data, key.table)]),
        ...table.usedAsKey.map(({ table: other, column }) => [code(column), "referred to by", tableLink(data, other.index)])])
      : element("p", { className: "soft" }, "None."),
    element("h2", {}, `Written by (${table.writers.length})`), accesses(table.writers),
    element("h2", {}, `Read by (${table.readers.length})`), accesses(table.readers),
    element("h2", {}, `Routes that reach it (${table.routes.length})`),
    element("div", {}, table.routes.map(({ route, writes }) => element("div", {},
      element("span", { className: writes ? "method write" : "method read" }, writes ? "writes" : "reads"), routeLink(route)))));
}

function modulesView(data, number) {
  return listView({
    items: data.modules, noun: "module", chosen: data.modules[number],
    text: (module) => module.name,
    link: (module) => `#/modules/${module.index}`,
    row: (module) => [code(module.name), element("small", {},
      `${counted(module.lines, "line")} · used by ${module.usedBy}, uses ${module.uses}`)],
    detail: (module) => moduleDetail(data, module),
  });
}

function moduleDetail(data, module) {
  const count = data.modules.length;
  const neighbours = (edges, end) => edges.length
    ? dataTable(["Module or table", "How", "Times#"], edges.map((edge) => [nodeLink(data, edge[end]), edge.kind, figure(edge.count)]))
    : element("p", { className: "soft" }, "None.");
  const order = (a, b) => b.count - a.count;
  const outgoing = data.edges.filter((edge) => edge.source === module.index).sort(order);
  const incoming = data.edges.filter((edge) => edge.target === module.index && edge.source < count).sort(order);
  return element("div", {},
    element("h2", { className: "code" }, module.name),
    element("p", { className: "soft" }, `${module.app} · ${module.file} · ${counted(module.lines, "line")}`),
    element("h2", {}, `Uses (${outgoing.length})`), neighbours(outgoing, "target"),
    element("h2", {}, `Used by (${incoming.length})`), neighbours(incoming, "source"));
}

function skippedView(data) {
  return element("div", {}, element("h2", {}, "Files and folders that were not analysed"),
    data.skipped.length ? dataTable(["File", "Reason"], data.skipped.map(([file, reason]) => [code(file), reason]))
      : element("p", { className: "soft" }, "None: everything was read."));
}

function routeLink(route) {
  return element("a", { href: `#/routes/${route.index}` }, code(`${route.method} ${route.path}`));
}

function tableLink(data, number) {
  return element("a", { href: `#/tables/${number}` }, code(data.tables[number].name));
}

function moduleLink(module) {
  return element("a", { href: `#/modules/${module.index}` }, code(module.name));
}

function nodeLink(data, number) {
  const count = data.modules.length;
  return number < count ? moduleLink(data.modules[number]) : tableLink(data, number - count);
}
