import assert from "node:assert/strict";
import test from "node:test";

import { address, publish, registry, withdraw } from "../../assets/pointmap/registry.js";

const feed = (version, map = "m", part = "points") => ({ map, part, version });

test("a map on the page receives the feeds that are published for it, and no others", () => {
  const received = [];
  registry.maps.set("m", { receive: (one) => received.push(one.version) });
  publish(feed("a"));
  publish(feed("b", "other"));
  assert.deepEqual(received, ["a"]);
  registry.maps.clear();
  registry.feeds.clear();
});

test("a feed waits for its map", () => {
  publish(feed("a"));
  assert.equal(registry.feeds.get(address("m", "points")).version, "a");
  registry.feeds.clear();
});

test("withdrawing an old feed leaves the newer one", () => {
  const [old, now] = [feed("a"), feed("b")];
  publish(old);
  publish(now);
  withdraw(old);
  assert.equal(registry.feeds.get(address("m", "points")), now);
  withdraw(now);
  assert.equal(registry.feeds.size, 0);
});
