/* Which rows the reader points at, and which belong to the chosen one. */

import { DIMMED } from "./filter.js";
import { FULL } from "./packed.js";

const PICK_PIXELS = 12;

/** The row nearest to a pixel, null if none is within reach; rows filtered out are passed by. */
export function nearest(at, map) {
  return pointed(at, map).row;
}

/** The same with how far it is, in squared pixels. */
export function pointed(at, { moving, view, filter }) {
  const { flags } = filter;
  const fits = moving.shown && flags?.length === moving.shown.x.length;
  return fits ? nearestWithin(at, moving.shown, view, PICK_PIXELS ** 2, flags) : { row: null, distance: PICK_PIXELS ** 2 };
}

/** The nearest of some packed places that is nearer to a pixel than `reach`, in squared pixels. */
export function nearestWithin([px, py], { x, y }, view, reach, flags = null) {
  const [ux, uy] = view.toUnit(px, py).map((value) => value * FULL);
  const [kx, ky] = view.scale.map((value) => value / FULL);
  let [distance, row] = [reach, null];
  // One pass over a million packed points takes a few milliseconds: no index to keep.
  for (let i = 0; i < x.length; i += 1) {
    const dx = (x[i] - ux) * kx;
    const dy = (y[i] - uy) * ky;
    const far = dx * dx + dy * dy;
    if (far < distance && !(flags && flags[i] & DIMMED)) [distance, row] = [far, i];
  }
  return { row, distance };
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
