/* Points that have other places at another epoch, as on the map of a run that fine-tunes. The
   places of all epochs are in the feed of the player, or come from Python with the epoch; the
   points go there gradually, so that the eye can follow, or at once for people who have asked
   their system for less motion. What is on screen is here: picking, links and names ask for it. */

import { CROWD } from "./density.js";
import { uploadEdges } from "./intake.js";
import { FULL } from "./packed.js";

const MOVE = 420; // ms from one epoch to the next
const ANCHORS = 20; // points near a name that carry it along

/** Places a share of the way, packed; slow at both ends. */
export function onTheWay(from, to, share) {
  const eased = share * share * (3 - 2 * share);
  const part = (a, b) => a.map((value, i) => value + (b[i] - value) * eased);
  return { x: part(from.x, to.x), y: part(from.y, to.y) };
}

/** Whether two places of all points are the same. */
export function same(one, other) {
  const equal = (a, b) => a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
  return equal(one.x, other.x) && equal(one.y, other.y);
}

/** The points nearest to a place, [x, y] packed: at most `most` of them. */
export function nearestPoints([px, py], { x, y }, most = ANCHORS) {
  const far = Float64Array.from(x, (value, i) => (value - px) ** 2 + (y[i] - py) ** 2);
  if (x.length <= most) return Array.from(x, (_, i) => i);
  const limit = far.slice().sort()[most - 1];
  const found = [];
  for (let i = 0; i < far.length && found.length < most; i += 1) if (far[i] <= limit) found.push(i);
  return found;
}

/** How far those points are, on average, from where they were: [x, y] in unit coordinates. */
export function shift(points, before, now) {
  const mean = (name) => points.reduce((sum, i) => sum + now[name][i] - before[name][i], 0);
  return points.length ? [mean("x") / points.length / FULL, mean("y") / points.length / FULL] : [0, 0];
}

export class Moving {
  constructor(map) {
    this.map = map;
    this.shown = null; // {x, y} on screen, packed
    this.to = null; // where they go
    this.anchors = null; // of the names
  }

  /** Where the points belong: where the player's frame has them, else where Python has. */
  target() {
    return this.map.player.places() ?? this.map.parts.points?.arrays ?? null;
  }

  /** Bring the points to where they belong; `anew` where the painter has lost them. */
  follow(anew = false) {
    const to = this.target();
    if (!to) return;
    if (!anew && this.to && same(this.to, to)) return;
    const moves = this.shown?.x.length === to.x.length && this.bounds === this.frame();
    cancelAnimationFrame(this.next);
    Object.assign(this, { to, bounds: this.frame() });
    const still = to.x.length >= CROWD || globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
    if (!moves || still || same(this.shown, to)) return this.put(to);
    this.map.hover(null); // what it is about moves away
    Object.assign(this, { from: this.shown, begin: performance.now() });
    return this.step();
  }

  /** In which frame packed coordinates are measured. */
  frame() {
    return String(this.map.view.bounds);
  }

  step() {
    const share = Math.min(1, (performance.now() - this.begin) / MOVE);
    this.put(share < 1 ? onTheWay(this.from, this.to, share) : this.to);
    this.map.redraw();
    if (share < 1) this.next = requestAnimationFrame(() => this.step());
  }

  put({ x, y }) {
    this.shown = { x, y };
    this.map.painter?.setPoints(x, y);
    uploadEdges(this.map);
  }

  /** Names where the points near them are now: Python has placed them for the page's epoch. */
  named(names) {
    const { points } = this.map.parts;
    const before = points.arrays;
    if (!this.shown || this.shown.x.length !== before.x.length || same(this.shown, before)) return names;
    if (this.anchors?.names !== names || this.anchors.version !== points.version) {
      const near = names.map(({ x, y }) => nearestPoints([x * FULL, y * FULL], before));
      this.anchors = { names, version: points.version, near };
    }
    return names.map((name, i) => {
      const [dx, dy] = shift(this.anchors.near[i], before, this.shown);
      return { ...name, x: name.x + dx, y: name.y + dy };
    });
  }

  close() {
    cancelAnimationFrame(this.next);
  }
}
