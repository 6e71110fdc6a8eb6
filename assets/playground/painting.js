/* Points that people paint: a class is chosen, then the plane is clicked or stroked. */

import { placed } from "./plane.js";

export const MOST = 600; // as hamr.playground.points.MOST_POINTS
const APART = 0.045; // of two points of one stroke, on the plane
const ERASED = 16; // pixels around the pointer

/* The points with one more, unless there are too many or the last of the stroke is too near. */
export function painted(points, place, label, last) {
  if (points.length >= MOST) return points;
  if (last && Math.hypot(place[0] - last[0], place[1] - last[1]) < APART) return points;
  const rounded = place.map((value) => Math.round(value * 100) / 100);
  return [...points, [...rounded, label]];
}

/* The points without those around a place of the canvas. */
export function erased(points, left, top) {
  const others = points.filter(([x, y]) => {
    const [at, from] = placed([x, y]);
    return Math.hypot(at - left, from - top) > ERASED;
  });
  return others.length === points.length ? points : others; // the same list: nothing to undo
}

export const MIDDLE = [0, 0]; // of the plane, where the cross of the keys begins
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/* Where an arrow key moves the cross, within the plane: a small way with Shift. Null: no such key. */
export function movedCross([x, y], key, isSmall) {
  const move = MOVES[key];
  if (!move) return null;
  const far = isSmall ? 0.01 : 0.05;
  const within = (value) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100));
  return [within(x + far * move[0]), within(y + far * move[1])];
}

/* A cloud around the middle of the plane for a class, for who paints by keyboard alone. The same
   number always gives the same cloud. */
export function sprinkled(points, label, count = 10) {
  const found = points.slice(0, MOST - count);
  const turn = 2.399963; // the golden angle spreads them evenly
  const [x, y] = [[-0.45, 0.3], [0.45, 0.3], [0, -0.5]][label];
  const own = found.filter((point) => point[2] === label).length;
  for (let at = own; at < own + count; at += 1) {
    const far = 0.05 * Math.sqrt(at + 1);
    found.push([
      Math.max(-1, Math.min(1, Math.round(100 * (x + far * Math.cos(at * turn))) / 100)),
      Math.max(-1, Math.min(1, Math.round(100 * (y + far * Math.sin(at * turn))) / 100)),
      label,
    ]);
  }
  return found;
}
