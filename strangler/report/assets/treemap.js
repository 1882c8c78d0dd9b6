"use strict";
// Squarified treemap (Bruls, Huizing, van Wijk 2000): rectangles of given areas, as square as they can be.
function squarified(items, area, box) {
  const total = items.reduce((sum, item) => sum + area(item), 0);
  const scale = total ? (box.width * box.height) / total : 0;
  const rest = items.map((item) => ({ item, size: area(item) * scale })).sort((a, b) => b.size - a.size);
  const placed = [];
  let { x, y, width, height } = box;
  while (rest.length) {
    const side = Math.max(1e-6, Math.min(width, height));
    const row = [rest.shift()];
    let sum = row[0].size;
    while (rest.length && worst(row, sum + rest[0].size, side, rest[0]) <= worst(row, sum, side)) {
      sum += rest[0].size;
      row.push(rest.shift());
    }
    const thickness = sum / side;
    let offset = 0;
    for (const { item, size } of row) {
      const length = thickness ? size / thickness : 0;
      placed.push(width >= height
        ? { item, x, y: y + offset, width: thickness, height: length }
        : { item, x: x + offset, y, width: length, height: thickness });
      offset += length;
    }
    if (width >= height) { x += thickness; width -= thickness; } else { y += thickness; height -= thickness; }
  }
  return placed;
}

function worst(row, sum, side, extra) {
  const sizes = row.map((entry) => entry.size);
  if (extra) sizes.push(extra.size);
  const square = (sum * sum) / (side * side);
  return Math.max(...sizes.map((size) => Math.max(size / square, square / Math.max(size, 1e-9))));
}
