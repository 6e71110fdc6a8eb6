/* The polygon of a lasso: from the path of the pointer to the few corners that are sent. */

import { FULL } from "./packed.js";

const LASSO_CORNERS = 60; // keeps the answer below 1 kB and the shared link short

/** A drawn path, unit coordinates, as few packed corners; null if it encloses nothing. */
export function packedLasso(path, view) {
  const [sx, sy] = view.scale;
  const pixels = path.map(([x, y]) => [x * sx, y * sy]);
  let tolerance = 1; // pixels
  let kept = simplify(pixels, tolerance);
  while (kept.length > LASSO_CORNERS) {
    tolerance *= 1.5;
    kept = simplify(pixels, tolerance);
  }
  if (kept.length < 3) return null;
  return kept.map(([x, y]) => [Math.round((x / sx) * FULL), Math.round((y / sy) * FULL)]);
}

/** x, y, x, y, ... packed -> [[x, y], ...] in unit coordinates. */
export function corners(lasso) {
  return Array.from({ length: lasso.length / 2 }, (_, i) => [lasso[2 * i] / FULL, lasso[2 * i + 1] / FULL]);
}

/** Fewer corners, none moved by more than `tolerance` (Douglas and Peucker 1973). */
export function simplify(path, tolerance) {
  if (path.length < 4) return path;
  const [a, b] = [path[0], path.at(-1)];
  const along = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(...along);
  let [far, farthest] = [0, 0];
  for (let i = 1; i < path.length - 1; i += 1) {
    const off = [path[i][0] - a[0], path[i][1] - a[1]];
    const distance = length ? Math.abs(along[0] * off[1] - along[1] * off[0]) / length : Math.hypot(...off);
    if (distance > farthest) [far, farthest] = [i, distance];
  }
  if (farthest <= tolerance) return [a, b];
  const left = simplify(path.slice(0, far + 1), tolerance);
  return [...left.slice(0, -1), ...simplify(path.slice(far), tolerance)];
}
