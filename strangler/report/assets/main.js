"use strict";
const VIEWS = {
  overview: overviewView, map: mapView, routes: routesView, tables: tablesView, modules: modulesView, skipped: skippedView,
  entries: (data, number) => entryDetail(data, data.entries[number]),
};
const WHOLE = new Set(["map", "routes", "tables", "modules"]);

function show(data) {
  const [, name, number] = location.hash.split("/");
  const known = name in VIEWS ? name : "overview";
  const view = document.getElementById("view");
  view.className = WHOLE.has(known) ? "whole" : "";
  view.replaceChildren(VIEWS[known](data, number === undefined ? undefined : Number(number)));
  view.scrollTop = 0;
  document.querySelectorAll("nav a").forEach((link) => link.classList.toggle("here", link.hash === `#/${known}`));
  document.body.dataset.ready = known;
}

unpackedData().then((data) => {
  addEventListener("hashchange", () => show(data));
  show(data);
}).catch((error) => {
  document.getElementById("view").replaceChildren(element("p", {}, `This browser can not read the data of the page: ${error}`));
});
