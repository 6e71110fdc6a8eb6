import assert from "node:assert/strict";
import test from "node:test";

import { Layer, plus, signSize } from "../../assets/pointmap/layer.js";
import { View } from "../../assets/pointmap/view.js";

const packed = (...shares) => Uint16Array.from(shares.map((share) => Math.round(share * 65535)));

/** A map with two points, and a layer of two more that has come. */
function layer(config = { called: "unlabelled row", shown: true }) {
  const own = { x: packed(0.1, 0.9), y: packed(0.1, 0.9) };
  const view = Object.assign(new View(), { size: [400, 400] });
  const map = { view, moving: { shown: own }, parts: { points: { arrays: own } }, tooltip: { refresh() {} }, redraw() {} };
  const found = new Layer(map);
  found.configure(config, "map");
  found.receive({ part: "points", arrays: { x: packed(0.5, 0.6), y: packed(0.5, 0.5), row: Uint32Array.of(7, 12) } });
  return { found, map, view };
}

test("the point of the layer under the pointer is found, and called by its number", () => {
  const { found, view } = layer();
  assert.equal(found.nearest(view.toPixel(0.6, 0.5), 144), 1);
  assert.equal(found.titleOf(1), "unlabelled row 12");
});

test("a point of the map that is nearer comes first", () => {
  const { found, view } = layer();
  const [x, y] = view.toPixel(0.6, 0.5);
  assert.equal(found.nearest([x, y + 5], 16), null);
});

test("no point is under the pointer while the layer is hidden", () => {
  const { found, view } = layer({ called: "unlabelled row", shown: false });
  assert.equal(found.nearest(view.toPixel(0.6, 0.5), 144), null);
});

test("the layer waits while the points of the map are at the places of another epoch", () => {
  const { found, map } = layer();
  map.moving.shown = { x: packed(0.2, 0.8), y: packed(0.1, 0.9) };
  assert.equal(found.places, null);
});

test("a map that has no layer any more draws none", () => {
  const { found } = layer();
  found.configure(null, "map");
  assert.equal(found.places, null);
});

test("more signs are smaller, and a closer look makes them larger", () => {
  assert.ok(signSize(100, 1) > signSize(20_000, 1));
  assert.ok(signSize(20_000, 30) > signSize(20_000, 1));
});

test("a plus sign has two arms, and ends at the edge of the image", () => {
  const image = { width: 5, height: 4 };
  const drawn = (x, y) => {
    const pixels = new Uint32Array(20);
    plus(pixels, image, x, y, 1, 0, 7);
    return Array.from(pixels, (value, i) => (value ? i : -1)).filter((i) => i >= 0);
  };
  assert.deepEqual(drawn(2, 1), [2, 6, 7, 8, 12]);
  assert.deepEqual(drawn(0, 0), [0, 1, 5]);
  assert.deepEqual(drawn(-3, 9), []);
});
