/* Which rings of hard seeds are drawn. So many that they hide the points say nothing: of those in
   view the hardest are drawn, and more of them as the reader zooms in. */

export const MOST_RINGS = 3000; // in view at once

const RING_ROOM = 250; // square pixels that a ring has at least, above a density

/** How many rings are drawn above the points in a plot, or above the density of very many. */
export function mostRings([, , width, height], dense) {
  return dense ? Math.min(MOST_RINGS, Math.round((width * height) / RING_ROOM)) : MOST_RINGS;
}

const RING_BITS = 3; // of a flag: ringed and dimmed
const RINGED_ONLY = 2;

/** Ringed points that are not dimmed, in the order in which rings are kept: `seeds`, hardest first,
    and then the others; without seeds, mixed up, or the first rows would have all the rings. */
export function ringedPoints(flag, seeds) {
  const found = new Uint32Array(seeds?.length ?? 0);
  let kept = 0;
  const taken = seeds?.length ? new Uint8Array(flag.length) : null;
  for (const i of seeds ?? []) {
    if ((flag[i] & RING_BITS) === RINGED_ONLY && !taken[i]) found[kept++] = i;
    if (i < flag.length) taken[i] = 1;
  }
  const others = [];
  for (let i = 0; i < flag.length; i += 1) if ((flag[i] & RING_BITS) === RINGED_ONLY && !taken?.[i]) others.push(i);
  const every = new Uint32Array(kept + others.length);
  every.set(found.subarray(0, kept));
  every.set(others.length > MOST_RINGS ? mixed(others) : others, kept);
  return every;
}

/** In an order that looks random and is always the same. */
function mixed(points) {
  const rank = (i) => Math.imul(i, 2654435761) >>> 0;
  return points.sort((a, b) => rank(a) - rank(b));
}

/** The first `most` of these points that are in a box of unit coordinates. */
export function firstInBox(points, { x, y }, box, most = MOST_RINGS) {
  const [x0, y0, x1, y1] = box.map((value) => value * 65535);
  const found = [];
  for (let place = 0; place < points.length && found.length < most; place += 1) {
    const i = points[place];
    if (x[i] >= x0 && x[i] <= x1 && y[i] >= y0 && y[i] <= y1) found.push(i);
  }
  return Uint32Array.from(found);
}
