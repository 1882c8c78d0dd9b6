"use strict";
// The payload unpacked: records with names instead of columns and numbers.
async function unpackedData() {
  const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return named(await new Response(stream).json());
}

function named(raw) {
  const place = (file, line) => (file < 0 ? "" : `${raw.files[file]}:${line}`);
  const data = { summary: raw.summary, skipped: raw.skipped };
  data.modules = raw.modules.map(([name, app, file, lines, usedBy, uses], index) =>
    ({ index, name, app, file: raw.files[file], lines, usedBy, uses }));
  data.tables = raw.tables.map(([name, app, origin, model, file, line, columns, keys], index) =>
    ({ index, name, app, origin, model, place: place(file, line), columns, readers: [], writers: [], routes: [], usedAsKey: [],
      keys: keys.map(([column, table, keyFile, keyLine]) => ({ column, table, place: place(keyFile, keyLine) })) }));
  data.tables.forEach((table) => table.keys.forEach((key) => data.tables[key.table].usedAsKey.push({ table, column: key.column })));
  data.edges = raw.edges.map(([source, target, kind, count]) => ({ source, target, kind, count }));
  data.functions = raw.functions.map(([name, file, line, touches, statements], index) =>
    ({ index, name, place: place(file, line), touches: Boolean(touches), statements: null, file, raw: statements }));
  data.statementsOf = (fn) => (fn.statements ??= fn.raw.map((row) => statement(raw, fn, row)));
  data.routes = raw.routes.map(([method, path, handler, file, line, functions, firstOwn, helpers, ...tables], index) => {
    const [reads, writes, laterReads, laterWrites] = tables;
    return { index, method, path, handler, place: place(file, line), functions, firstOwn, helpers, reads, writes, laterReads, laterWrites };
  });
  data.entries = raw.entries.map(([kind, name, fn, file, line]) => ({ kind, name, fn, place: place(file, line) }));
  for (const route of data.routes) {
    for (const table of new Set([...route.reads, ...route.writes])) {
      data.tables[table].routes.push({ route, writes: route.writes.includes(table) });
    }
  }
  for (const fn of data.functions) {
    for (const step of data.statementsOf(fn)) {
      if (step.what === "r") data.tables[step.target].readers.push({ fn, step });
      if (step.what === "w") data.tables[step.target].writers.push({ fn, step });
    }
  }
  return data;
}

function statement(raw, fn, [what, line, target, operation, kind, confidence, loop, transaction, file]) {
  const at = file ? file - 1 : fn.file;
  return {
    what, target, place: at < 0 ? "" : `${raw.files[at]}:${line}`,
    operation: raw.strings[operation || 0], name: what === "o" ? raw.strings[target] : "",
    kind: raw.callKinds[kind || 0], confidence: raw.confidences[confidence || 0],
    loop: Boolean(loop), transaction: raw.strings[transaction || 0],
  };
}
