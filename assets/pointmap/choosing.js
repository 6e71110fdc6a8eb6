/* Which rows the reader points at, and which belong to the chosen one. */

import { DIMMED } from "./filter.js";
import { FULL } from "./packed.js";

const PICK_PIXELS = 12;

/** The row nearest to a pixel, null if none is within reach; rows filtered out are passed by. */
export function nearest([px, py], { moving, view, filter }) {
  const { flags } = filter;
  if (!moving.shown || flags?.length !== moving.shown.x.length) return null;
  const [ux, uy] = view.toUnit(px, py).map((value) => value * FULL);
  const [kx, ky] = view.scale.map((value) => value / FULL);
  const { x, y } = moving.shown;
  let best = PICK_PIXELS ** 2;
  let row = null;
  // One pass over a million packed points takes a few milliseconds: no index to keep.
  for (let i = 0; i < x.length; i += 1) {
    const dx = (x[i] - ux) * kx;
    const dy = (y[i] - uy) * ky;
    const distance = dx * dx + dy * dy;
    if (distance < best && !(flags[i] & DIMMED)) [best, row] = [distance, i];
  }
  return row;
}

/** Edges as x0, y0, x1, y1 in unit coordinates, those of the selected row last, from edge
    `focusFrom` on; `neighbours` are the rows at the other ends of these. */
export function splitEdges({ x, y }, { edges, selected }) {
  const plain = [];
  const focus = [];
  const others = new Set();
  for (let i = 0; i < edges.length; i += 2) {
    const [a, b] = [edges[i], edges[i + 1]];
    const touches = selected.length && (a === selected[0] || b === selected[0]);
    (touches ? focus : plain).push(x[a] / FULL, y[a] / FULL, x[b] / FULL, y[b] / FULL);
    if (touches) others.add(a === selected[0] ? b : a);
  }
  const ends = Float32Array.from([...plain, ...focus]);
  return { ends, focusFrom: plain.length / 4, neighbours: Uint32Array.from(others) };
}
