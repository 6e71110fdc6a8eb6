/* From point to point with keys: N goes to the nearest one that was not visited yet, Shift and an
   arrow to the nearest in that direction. The point is marked and said; Enter opens it. */

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SHUNNED = 1; // the bit of a flag of a point that is filtered out
const STRAY = 2; // a step aside counts as much as this many ahead

/** The point nearest to a place, [x, y] packed, that `allowed(i)`; null if there is none.
    `direction` keeps to one side and prefers what is straight ahead. */
export function nearestFrom([px, py], { x, y }, flag, stretch, allowed, direction = null) {
  let [best, found] = [Infinity, null];
  for (let i = 0; i < x.length; i += 1) {
    if (flag[i] & SHUNNED) continue;
    const dx = (x[i] - px) * stretch[0];
    const dy = (y[i] - py) * stretch[1];
    let distance = dx * dx + dy * dy;
    if (direction) {
      const ahead = dx * direction[0] + dy * direction[1];
      const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
      if (ahead <= 0 || aside > ahead) continue;
      distance = (ahead + STRAY * aside) ** 2;
    }
    if (distance < best && allowed(i)) [best, found] = [distance, i];
  }
  return found;
}

export class Stepping {
  constructor(map) {
    this.map = map;
    this.forget();
  }

  forget() {
    this.point = null;
    this.visited = new Set();
  }

  /** Act on a key; whether it was one of these. */
  key({ key, shiftKey }) {
    if (key === "n" || key === "N") this.go(null);
    else if (shiftKey && DIRECTIONS[key]) this.go(DIRECTIONS[key]);
    else if (key === "Enter" && this.point !== null) this.map.send("clicked", this.point);
    else return false;
    return true;
  }

  go(direction) {
    const { parts, moving, view, filter } = this.map;
    if (!moving.shown || !parts.style) return;
    const { x, y } = moving.shown;
    const flag = filter.flags ?? parts.style.arrays.flag;
    if (this.point >= x.length) this.forget();
    const from = this.point === null ? view.centre.map((value) => value * 65535) : [x[this.point], y[this.point]];
    const allowed = direction ? (i) => i !== this.point : (i) => !this.visited.has(i);
    const found = nearestFrom(from, { x, y }, flag, view.scale, allowed, direction);
    if (found === null) return;
    this.point = found;
    this.visited.add(found);
    this.show();
  }

  /** Bring the point into view and say it. */
  show() {
    const { map, point } = this;
    const { x, y } = map.moving.shown;
    const place = [x[point] / 65535, y[point] / 65535];
    let at = map.view.toPixel(...place);
    const [left, top, width, height] = map.view.plot;
    if (at[0] < left || at[0] > left + width || at[1] < top || at[1] > top + height) {
      map.view.centre = place;
      at = map.view.toPixel(...place);
    }
    map.tooltip.show(point, at, map.titleOf(point), map);
  }

  /** A mark round the point, on the canvas above the others. */
  draw(pen, view, look) {
    const { shown } = this.map.moving;
    if (this.point === null || !(this.point < shown?.x.length)) return;
    const { x, y } = shown;
    pen.strokeStyle = look.accent;
    pen.lineWidth = 3;
    pen.beginPath();
    pen.arc(...view.toPixel(x[this.point] / 65535, y[this.point] / 65535), 9, 0, 2 * Math.PI);
    pen.stroke();
  }
}
