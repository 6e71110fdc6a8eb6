/* Very many points: sorted into tiles, so that only those in view are read, and counted in the
   cells of a grid, whose picture stands for the points until few enough are in view.

   A box is [x low, y low, x high, y high] in unit coordinates. */

export const CROWD = 50_000; // points from which on they are sorted into tiles
const MOST_DRAWN = 100_000; // points in view above which only the grid is drawn
const TILES = 64; // each way
const TILE_BITS = 10; // 65536 packed steps are 64 tiles of 1024
const UNIT = 65535;
const GRID_CELLS = 512; // each way
const COARSEST = 2.5; // pixels of a cell, above which points are counted again for the view
const FAINT = 0.04; // of a point that is dimmed, against one that is not

/** Points sorted by tile: {order, starts}; tile t holds order[starts[t]] up to starts[t + 1]. */
export function tilesOf(x, y) {
  const starts = new Uint32Array(TILES * TILES + 1);
  const tile = (i) => (y[i] >> TILE_BITS) * TILES + (x[i] >> TILE_BITS);
  for (let i = 0; i < x.length; i += 1) starts[tile(i) + 1] += 1;
  for (let t = 0; t < TILES * TILES; t += 1) starts[t + 1] += starts[t];
  const next = starts.slice();
  const order = new Uint32Array(x.length);
  for (let i = 0; i < x.length; i += 1) order[next[tile(i)]++] = i;
  return { order, starts };
}

/** Stretches [from, to) of the order whose tiles touch a box; together, all points in it. */
export function stretches({ starts }, [x0, y0, x1, y1]) {
  const at = (value) => Math.min(TILES - 1, Math.max(0, Math.floor((value * UNIT) / 2 ** TILE_BITS)));
  if (x1 < 0 || y1 < 0 || x0 > 1 || y0 > 1) return [];
  const found = [];
  for (let row = at(y0); row <= at(y1); row += 1) {
    const from = starts[row * TILES + at(x0)];
    const to = starts[row * TILES + at(x1) + 1];
    if (to === from) continue;
    if (found.length && found.at(-1)[1] === from) found.at(-1)[1] = to;
    else found.push([from, to]);
  }
  return found;
}

/** The part of the plane that is on screen. */
export function boxOf(view) {
  const [left, top, width, height] = view.plot;
  const [x0, y0] = view.toUnit(left, top + height);
  const [x1, y1] = view.toUnit(left + width, top);
  return [x0, y0, x1, y1];
}

/** How much of the picture the points are, 0 to 1, with so many of them in view. */
export function pointShare(inView) {
  return Math.min(1, Math.max(0, (MOST_DRAWN - inView) / (MOST_DRAWN - CROWD)));
}

/** Weights and colours summed in the cells over a box: [cells x cells x 4], row by row from below:
    red, green and blue times weight, weight. A dimmed point weighs little. All arrays are in the
    order of the tiles: neighbours in memory are neighbours on the plane, which is five times as
    fast as to jump about among a million points. */
export function counted({ x, y, colour, flag }, parts, box, palette, cells = GRID_CELLS) {
  const sums = new Float32Array(cells * cells * 4);
  const [x0, y0, x1, y1] = box.map((value) => value * UNIT);
  const [perX, perY] = [cells / (x1 - x0), cells / (y1 - y0)];
  const inks = inksOf(palette);
  for (const [from, to] of parts) {
    for (let i = from; i < to; i += 1) {
      const px = x[i];
      const py = y[i];
      if (px < x0 || px > x1 || py < y0 || py > y1) continue;
      const column = Math.min(cells - 1, ((px - x0) * perX) | 0);
      const row = Math.min(cells - 1, ((py - y0) * perY) | 0);
      const cell = 4 * (row * cells + column);
      const ink = 4 * (colour[i] | ((flag[i] & 1) << 8));
      sums[cell] += inks[ink];
      sums[cell + 1] += inks[ink + 1];
      sums[cell + 2] += inks[ink + 2];
      sums[cell + 3] += inks[ink + 3];
    }
  }
  return sums;
}

/** What a point of each colour code adds to its cell; from 256 on, one that is dimmed. */
function inksOf(palette) {
  const inks = new Float32Array(2 * 256 * 4);
  for (let ink = 0; ink < 512; ink += 1) {
    const code = 4 * (ink & 255);
    const weight = (ink < 256 ? 1 : FAINT) * (palette[code + 3] / 255);
    inks.set([palette[code] * weight, palette[code + 1] * weight, palette[code + 2] * weight, weight], 4 * ink);
  }
  return inks;
}

/** The sums as a picture, red, green, blue and alpha of each cell, 0..255, colours times alpha.
    A cell has the mean colour of its points and is the more opaque the more they are; their
    logarithm counts, or one crowded place would leave all others invisible. */
export function pictured(sums) {
  const cells = sums.length / 4;
  const weights = new Float32Array(cells);
  let counts = 0;
  for (let c = 0; c < cells; c += 1) if (sums[4 * c + 3] >= 0.5) weights[counts++] = sums[4 * c + 3];
  const full = Math.log1p(weights.subarray(0, counts).sort()[Math.floor(counts * 0.98)] ?? 1);
  const bytes = new Uint8Array(sums.length);
  for (let c = 0; c < cells; c += 1) {
    const weight = sums[4 * c + 3];
    if (!weight) continue;
    const alpha = Math.min(1, 0.25 * Math.min(1, weight * 2) + (0.75 * Math.log1p(weight)) / full);
    for (let channel = 0; channel < 3; channel += 1) bytes[4 * c + channel] = (sums[4 * c + channel] / weight) * alpha;
    bytes[4 * c + 3] = 255 * alpha;
  }
  return bytes;
}

export class Density {
  /** For points at packed places. */
  constructor(x, y) {
    Object.assign(this, tilesOf(x, y));
    Object.assign(this, { x: this.sorted(x), y: this.sorted(y) });
    this.box = null; // what the picture is of
    this.given = null; // the colours as they came, to see that a filter changed flags alone
  }

  sorted(array) {
    const found = new array.constructor(array.length);
    for (let place = 0; place < found.length; place += 1) found[place] = array[this.order[place]];
    return found;
  }

  setStyle(colour, flag) {
    if (colour !== this.given) Object.assign(this, { colour: this.sorted(colour), given: colour });
    Object.assign(this, { flag: this.sorted(flag), box: null });
  }

  setPalette(palette) {
    Object.assign(this, { palette, box: null });
  }

  /** What is in view: the stretches of points, how many, and how much of the picture they are. */
  look(view) {
    const parts = stretches(this, boxOf(view));
    const inView = parts.reduce((sum, [from, to]) => sum + to - from, 0);
    return { parts, inView, share: pointShare(inView) };
  }

  /** A picture that covers what is in view, {bytes, box, cells}; null while the last one does. */
  picture(view) {
    const [x0, y0, x1, y1] = boxOf(view);
    const seen = [Math.max(0, x0), Math.max(0, y0), Math.min(1, x1), Math.min(1, y1)];
    if (seen[0] >= seen[2] || seen[1] >= seen[3]) return null;
    if (this.covers(seen, view.scale)) return null;
    const air = [(seen[2] - seen[0]) / 4, (seen[3] - seen[1]) / 4]; // to pan into
    this.box = [seen[0] - air[0], seen[1] - air[1], seen[2] + air[0], seen[3] + air[1]].map((value) => Math.min(1, Math.max(0, value)));
    const bytes = pictured(counted(this, stretches(this, this.box), this.box, this.palette));
    return { bytes, box: this.box, cells: GRID_CELLS };
  }

  covers([x0, y0, x1, y1], scale) {
    if (!this.box) return false;
    const [bx0, by0, bx1, by1] = this.box;
    if (x0 < bx0 || y0 < by0 || x1 > bx1 || y1 > by1) return false;
    if (bx0 === 0 && by0 === 0 && bx1 === 1 && by1 === 1 && x1 - x0 > 0.5) return true;
    return ((bx1 - bx0) * scale[0]) / GRID_CELLS <= COARSEST;
  }
}
