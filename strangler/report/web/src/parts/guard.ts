// Nothing reaches the page as it stands in the source: control characters and changes of direction are spelt out, in every
// text and in what is read aloud, wherever it was written.

import { Fragment, options, type ComponentChildren } from "preact";
import { plain } from "../data/plain";

const SPOKEN = ["title", "aria-label", "placeholder"] as const;
const before = options.vnode;

options.vnode = (vnode) => {
  if (typeof vnode.type === "string" || vnode.type === Fragment) {
    const props = vnode.props as Partial<Record<string, unknown>> & { children?: ComponentChildren };
    // The lines of a file are its own; what is in them is escaped where it is written.
    if (props.children !== undefined && vnode.type !== "pre") props.children = spelt(props.children);
    for (const name of SPOKEN) {
      const text = props[name];
      if (typeof text === "string") props[name] = plain(text);
    }
  }
  before?.(vnode);
};

function spelt(children: ComponentChildren): ComponentChildren {
  if (typeof children === "string") return plain(children);
  return Array.isArray(children) ? children.map(spelt) : children;
}
