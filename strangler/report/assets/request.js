"use strict";
// The way of a request: a tree that grows where the reader opens it.
const OPEN_AT_FIRST = 120;
const OPEN_AT_MOST = 3000;

function requestDetail(data, route) {
  const firstHelper = route.functions.length - route.helpers;
  const role = (index) => (index < route.firstOwn ? "middleware" : index < firstHelper ? "handler" : "helper");
  const roots = route.functions.map((fn, index) => ({ fn, role: role(index) }));
  const tables = (title, name, found) => found.length
    ? [element("h2", {}, title), element("div", { className: "chips" }, found.map((table) =>
      element("span", { className: `chip ${name}` }, tableLink(data, table))))]
    : [];
  return element("div", {},
    element("h2", { className: "code" }, `${route.method} ${route.path}`),
    element("p", { className: "soft" }, `${route.handler} · ${route.place}`),
    tables("Writes", "write", route.writes), tables("Reads", "read", route.reads),
    tables("Touched later, by queued work", "later", [...new Set([...route.laterReads, ...route.laterWrites])]),
    element("h2", {}, "Way of the request"), stepTree(data, roots, route.place));
}

function entryDetail(data, entry) {
  return element("div", {},
    element("h2", { className: "code" }, `${entry.kind} ${entry.name}`),
    element("p", { className: "soft" }, entry.place),
    stepTree(data, [{ fn: entry.fn, role: entry.kind }], entry.place));
}

function stepTree(data, roots, place) {
  const tree = element("ul", { className: "tree" });
  const state = { data, quiet: false };
  const draw = (limit) => {
    const drawn = roots.map(({ fn, role }) =>
      callNode(state, { target: fn, place, kind: "direct", confidence: "certain", role, transaction: "" }, [], ""));
    tree.replaceChildren(...drawn.map((node) => node.item));
    openNearest(drawn, limit);
  };
  const quiet = element("input", { type: "checkbox", onchange: (event) => { state.quiet = event.target.checked; draw(OPEN_AT_FIRST); } });
  draw(OPEN_AT_FIRST);
  return element("div", {},
    element("div", { className: "tools" },
      element("button", { onclick: () => draw(OPEN_AT_MOST) }, "Open all"),
      element("button", { onclick: () => draw(roots.length) }, "Close all"),
      element("label", {}, quiet, " only what reads, writes, sends or calls out")),
    tree);
}

// Opens calls level by level, those that touch something, each function once.
function openNearest(nodes, limit) {
  const opened = new Set();
  let queue = nodes;
  while (queue.length && opened.size < limit) {
    const next = [];
    for (const node of queue) {
      if (opened.size >= limit || !node.open || opened.has(node.fn.index) || !node.fn.touches) continue;
      opened.add(node.fn.index);
      next.push(...node.open());
    }
    queue = next;
  }
}

function callNode(state, step, running, transaction) {
  const fn = state.data.functions[step.target];
  const recursive = running.includes(fn.index);
  const later = step.kind === "async";
  const own = later || step.kind === "after-commit" ? "" : transaction || step.transaction;
  const inner = recursive ? [] : state.data.statementsOf(fn).filter((item) => !state.quiet || hasEffect(state.data, item));
  const list = element("ul", { hidden: true });
  const toggle = element("button", { className: "toggle", ariaLabel: "Open or close" }, inner.length ? "▸" : "·");
  const item = element("li", {}, element("div", { className: "step" }, toggle,
    element("span", { className: "what" },
      step.role ? element("span", { className: "soft" }, `${step.role} `) : null,
      element("code", { className: fn.touches ? "" : "idle" }, fn.name),
      later ? tag("later", "later") : step.kind !== "direct" ? tag(step.kind) : null,
      step.loop ? tag("in a loop") : null, step.confidence !== "certain" ? tag(step.confidence) : null,
      own ? tag(transactionName(own, step), "transaction") : null, recursive ? tag("recursive") : null),
    element("code", { className: "place" }, step.place)), list);
  if (!inner.length) { toggle.disabled = true; return { fn, item }; }
  let children = null;
  const open = () => {
    children ??= inner.map((next) => stepNode(state, next, [...running, fn.index], own));
    list.replaceChildren(...children.map((child) => child.item));
    list.hidden = false;
    toggle.textContent = "▾";
    return children;
  };
  toggle.addEventListener("click", () => {
    if (list.hidden) open();
    else { list.hidden = true; toggle.textContent = "▸"; }
  });
  return { fn, item, open };
}

// A package only computes, a variable of the environment only configures.
function hasEffect(data, step) {
  if (step.what === "c") return data.functions[step.target].touches;
  return step.what !== "o" || !/^(package|environment) /.test(step.name);
}

function stepNode(state, step, running, transaction) {
  if (step.what === "c") return callNode(state, step, running, transaction);
  const own = transaction || step.transaction;
  const [verb, name, target] = {
    r: () => ["reads", "read", tableLink(state.data, step.target)],
    w: () => ["writes", "write", tableLink(state.data, step.target)],
    o: () => ["uses", "outside", code(step.name)],
  }[step.what]();
  return { item: element("li", {}, element("div", { className: "step" }, element("span", { className: "toggle" }),
    element("span", { className: "what" }, element("b", { className: name }, verb), " ", target,
      element("span", { className: "soft" }, ` ${step.operation}`),
      step.loop ? tag("in a loop") : null, step.confidence !== "certain" ? tag(step.confidence) : null,
      own ? tag(transactionName(own, step), "transaction") : null),
    element("code", { className: "place" }, step.place))) };
}

function transactionName(own, step) {
  if (own === step.transaction) return `transaction ${own}`;
  return step.transaction ? `same transaction, savepoint ${step.transaction}` : "same transaction";
}

function tag(text, name) {
  return element("span", { className: `tag ${name || ""}` }, text);
}
