/* The invisible element that carries one part of a map's data: points, style, marks or others. */

import { headerOf, unpack } from "./packed.js";
import { publish, withdraw } from "./registry.js";

const carried = new WeakMap();

export default function ({ data, parentElement }) {
  if (!data) return undefined;
  const { version, map } = headerOf(data);
  const before = carried.get(parentElement);
  // Streamlit calls again on every change of theme; the same bytes are not worth a copy.
  if (before?.version !== version || before?.map !== map) {
    const feed = unpack(data);
    carried.set(parentElement, feed);
    publish(feed);
  }
  return () => withdraw(carried.get(parentElement));
}
