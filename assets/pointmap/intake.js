/* The feeds of a map as they come in: kept by their part, and handed to what draws or says them. */

import { splitEdges } from "./choosing.js";
import { address, registry } from "./registry.js";

const PARTS = ["points", "style", "mask", "marks", "levels", "frames", "texts", "facts", "asked"];
const SAID = ["texts", "facts", "asked"]; // by the tip

/** Take over the feeds that came before their map. */
export function takeAll(map) {
  for (const part of PARTS) {
    const feed = registry.feeds.get(address(map.config.map, part));
    if (feed) take(map, feed);
  }
}

/** Take over a feed, unless it brings nothing new. */
export function take(map, feed) {
  if (map.parts[feed.part]?.version === feed.version) return;
  if (feed.part === "points") {
    map.view.bounds = feed.values.bounds;
    // Other places, so the old window on them means nothing.
    map.view.reset();
    map.flight = null;
  }
  map.parts[feed.part] = feed;
  if (SAID.includes(feed.part)) {
    map.tooltip.refresh();
    return;
  }
  if (feed.part === "marks") map.drawing = null;
  upload(map, feed.part);
  map.redraw();
  if (feed.part === "points" && map.config) map.follow();
}

/** Hand a part to the painter, again where the graphics card has lost it. */
export function upload(map, part) {
  const { painter, parts } = map;
  if (!parts[part]) return;
  if (part === "style" || part === "mask") map.filter.apply();
  if (part === "levels") map.histogram.receive(parts.levels);
  if (part === "frames") map.player.receive();
  if (!painter) return;
  const { arrays } = parts[part];
  if (part === "points") painter.setPoints(arrays.x, arrays.y);
  if (part === "marks") {
    painter.setGroup("highlight", arrays.highlight);
    painter.setGroup("selected", arrays.selected);
  }
  if (part === "points" || part === "marks") uploadEdges(map);
}

/** Edges of the selected row come last: they are drawn strong, their other ends ringed. */
function uploadEdges(map) {
  const { points, marks } = map.parts;
  if (!points || !marks) return;
  const { ends, focusFrom, neighbours } = splitEdges(points.arrays, marks.arrays);
  map.painter.setEdges(ends, focusFrom);
  map.painter.setGroup("neighbour", neighbours);
  map.pulse.start(neighbours);
}
