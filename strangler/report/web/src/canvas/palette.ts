// The colours of the style sheet, for what is drawn.

const NAMES = ["paper", "card", "line", "strong-line", "ink", "soft", "accent", "mark", "store", "read", "write", "later"] as const;

export type Palette = Record<(typeof NAMES)[number], string>;

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Palette;
}
