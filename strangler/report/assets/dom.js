"use strict";
// Builds elements: strings become text, never markup.
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function figure(number) {
  return number.toLocaleString("en").replaceAll(",", "\u202f");
}

function counted(number, noun) {
  return `${figure(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function code(text) {
  return element("code", {}, text);
}

function dataTable(heads, rows) {
  const isNumber = heads.map((head) => head.endsWith("#"));
  const cell = (name) => (content, index) => element(name, { className: isNumber[index] ? "number" : "" }, content);
  return element("table", {},
    element("thead", {}, element("tr", {}, heads.map((head) => head.replace("#", "")).map(cell("th")))),
    element("tbody", {}, rows.map((row) => element("tr", {}, row.map(cell("td"))))));
}
