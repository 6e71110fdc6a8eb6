/* The invisible element that carries one part of a map's data: points, style or marks. */

import { unpack } from "./packed.js";
import { publish, withdraw } from "./registry.js";

const carried = new WeakMap();

export default function ({ data, parentElement }) {
  if (!data) return undefined;
  const feed = unpack(data);
  const before = carried.get(parentElement);
  // Streamlit calls again on every change of theme; the same bytes are not worth a redraw.
  if (before?.version !== feed.version || before?.map !== feed.map) {
    carried.set(parentElement, feed);
    publish(feed);
  }
  return () => withdraw(carried.get(parentElement));
}
