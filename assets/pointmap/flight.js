/* Flying to a part of the plane: a move of under half a second, at once for people who have asked
   their system for less motion. */

const FLIGHT = 380; // ms
const AIR = 0.8; // share of the window that the target fills
const MOST_ZOOM = 40; // a target of one point is not looked at any closer

/** Centre and zoom at which a box of unit coordinates, {x: [lo, hi], y: [lo, hi]}, fills the window. */
export function target(view, { x, y }) {
  const centre = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  const [, , width, height] = view.plot;
  const [sx, sy] = view.scale.map((scale) => scale / view.zoom); // pixels per unit at zoom 1
  const spans = [(x[1] - x[0]) * sx / (width * AIR), (y[1] - y[0]) * sy / (height * AIR)];
  const zoom = 1 / Math.max(...spans, 1 / MOST_ZOOM);
  return { centre, zoom: Math.max(1, zoom) };
}

/** Centre and zoom a share of the way; the zoom grows by equal factors, so it looks even. */
export function between(from, to, share) {
  const eased = share < 0.5 ? 2 * share * share : 1 - 2 * (1 - share) ** 2;
  return {
    centre: from.centre.map((value, i) => value + (to.centre[i] - value) * eased),
    zoom: from.zoom * (to.zoom / from.zoom) ** eased,
  };
}

/** Move the map's view to a box; a new flight or a gesture ends an old one. */
export function fly(map, box) {
  const { view } = map;
  const to = target(view, box);
  const from = { centre: view.centre, zoom: view.zoom };
  const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
  const start = performance.now();
  const flight = (map.flight = {});
  const step = () => {
    if (map.flight !== flight) return;
    const share = still ? 1 : Math.min(1, (performance.now() - start) / FLIGHT);
    Object.assign(view, between(from, to, share));
    if (share < 1) requestAnimationFrame(step);
    else map.flight = null;
    map.redraw();
  };
  step();
}
