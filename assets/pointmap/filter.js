/* Which points the reader has filtered out, by the legend and by the range brushed on the
   histogram. It acts here at once: the points left out are dimmed by a bit of their flags, which
   a draw reads anyway. Python hears of it once the reader has been still for a moment:
   {codes: colour codes in focus, signal, range: [low, high] or null}.  */

export const DIMMED = 1; // the bit of a flag
const MANY = 200_000; // points that take a while to count
const QUIET = 300; // milliseconds without a further change

/** A copy of `flag`, DIMMED where the colour code is not `shown`, the level not in range, or the
    bit of a point set in `mask`, by which Python says what only it can tell; null for none.

    `shown` says it for each of 256 codes; `levels` and `range` [low, high], levels too, may be
    null. A point without a value has the level of `missing` and is in no range. */
export function filtered({ flag, colour, shown, levels, range, missing, mask = null }) {
  const flags = flag.slice();
  if (mask) for (let i = 0; i < flags.length; i += 1) flags[i] |= (mask[i >> 3] >> (i & 7)) & DIMMED;
  if (shown.includes(0)) {
    const bit = shown.map((one) => (one ? 0 : DIMMED)); // no question for each of a million points
    for (let i = 0; i < flags.length; i += 1) flags[i] |= bit[colour[i]];
  }
  if (range) {
    const [low, high] = range;
    for (let i = 0; i < flags.length; i += 1) {
      if (levels[i] < low || levels[i] > high || levels[i] === missing) flags[i] |= DIMMED;
    }
  }
  return flags;
}

/** How many points are not dimmed. */
export function remaining(flags) {
  let count = 0;
  for (let i = 0; i < flags.length; i += 1) count += 1 - (flags[i] & DIMMED);
  return count;
}

export class Filter {
  /** `map` draws; its `legend` and `histogram` hold what the reader has chosen. */
  constructor(map) {
    this.map = map;
    this.flags = null; // of each point, as they are drawn
    this.given = null; // what Python said last
    this.timer = null;
  }

  /** Take over what the URL says, unless the reader is about to change it. */
  adopt(given) {
    const text = JSON.stringify(given ?? null);
    if (!given || text === this.given) return;
    this.given = text;
    if (this.timer !== null) return;
    this.map.legend.focusOn(given.codes);
    this.map.histogram.setRange(given.range);
    this.apply();
  }

  /** Work the flags out anew and hand them to the painter. */
  apply() {
    const { parts, legend, histogram, player } = this.map;
    if (!parts.style) return;
    const { flag, colour } = player.style(parts.style.arrays);
    const shown = Uint8Array.from({ length: 256 }, (_, code) => Number(!legend.faded(code)));
    const fits = histogram.levels?.length === flag.length;
    this.flags = filtered({
      flag,
      colour,
      shown,
      levels: fits ? histogram.levels : null,
      range: fits ? histogram.range() : null,
      missing: histogram.missing,
      mask: parts.mask?.values.points === flag.length ? parts.mask.arrays.bits : null,
    });
    this.map.showStyle(colour, this.flags);
    this.recount();
  }

  /** Count for the histogram, after the map is painted: the reader looks there first. */
  recount() {
    clearTimeout(this.counting);
    if (!this.flags) return;
    const wait = this.flags.length > MANY ? 100 : 0;
    this.counting = setTimeout(() => this.map.histogram.count(this.flags), wait);
  }

  /** The reader has changed something. */
  changed() {
    this.apply();
    this.map.redraw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.given !== null) this.map.send("filter", this.now());
    }, QUIET);
  }

  /** What Python hears. */
  now() {
    const { legend, histogram } = this.map;
    return { codes: [...legend.focus].sort((a, b) => a - b), signal: histogram.signal, range: histogram.values };
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.counting);
  }
}
