/* Where feeds and maps find each other. A map draws; its feeds carry the bytes it draws.
   They are separate Streamlit elements, so that Streamlit sends each only when it changes:
   a new highlight costs bytes, not the points again. Maps are identified by their key. */

export const registry = (globalThis[Symbol.for("hamr.pointmap")] ??= { feeds: new Map(), maps: new Map() });

export const address = (map, part) => `${map} ${part}`;

/** Keep a feed and give it to its map, if that is on the page already. */
export function publish(feed) {
  registry.feeds.set(address(feed.map, feed.part), feed);
  registry.maps.get(feed.map)?.receive(feed);
}

/** Forget a feed, unless a newer one has taken its address. */
export function withdraw(feed) {
  const at = address(feed.map, feed.part);
  if (registry.feeds.get(at) === feed) registry.feeds.delete(at);
}
