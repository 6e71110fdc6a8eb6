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
  if (feed.part === "points" && String(feed.values.bounds) !== String(map.view.bounds)) {
    map.view.bounds = feed.values.bounds;
    // Another plane, so the old window on it means nothing.
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
  if (part === "style") map.moving.follow(); // frames of as many points as before mean it no longer
  if (part === "style" || part === "mask") map.filter.apply();
  if (part === "levels") map.histogram.receive(parts.levels);
  if (part === "frames") map.player.receive();
  if (part === "points") map.moving.follow(true);
  if (!painter || part !== "marks") return;
  const { arrays } = parts.marks;
  painter.setGroup("highlight", arrays.highlight);
  painter.setGroup("selected", arrays.selected);
  uploadEdges(map);
}

/** Edges of the selected row come last: they are drawn strong, their other ends ringed. */
export function uploadEdges(map) {
  const { marks } = map.parts;
  if (!map.moving.shown || !marks || !map.painter) return;
  const { ends, focusFrom, neighbours } = splitEdges(map.moving.shown, marks.arrays);
  map.painter.setEdges(ends, focusFrom);
  map.painter.setGroup("neighbour", neighbours);
  map.pulse.start(neighbours);
}
