import assert from "node:assert/strict";
import test from "node:test";

import { nearest, splitEdges } from "../../assets/pointmap/choosing.js";
import { View } from "../../assets/pointmap/view.js";

const packed = (...shares) => Uint16Array.from(shares.map((share) => Math.round(share * 65535)));

/** Three rows: the first two near each other. */
function map(flags = [0, 0, 0]) {
  const view = Object.assign(new View(), { size: [400, 400] });
  const shown = { x: packed(0.25, 0.27, 0.75), y: packed(0.25, 0.25, 0.5) };
  return { view, moving: { shown }, filter: { flags: Uint8Array.from(flags) } };
}

test("the row under the pointer is chosen", () => {
  const here = map();
  assert.equal(nearest(here.view.toPixel(0.75, 0.5), here), 2);
});

test("of two rows within reach the nearer one is chosen", () => {
  const here = map();
  const [x, y] = here.view.toPixel(0.25, 0.25);
  assert.equal(nearest([x + 1, y], here), 0);
  assert.equal(nearest([x + 6, y], here), 1);
});

test("a row is within reach up to twelve pixels away", () => {
  const here = map();
  const [x, y] = here.view.toPixel(0.75, 0.5);
  assert.equal(nearest([x, y + 11.9], here), 2);
  assert.equal(nearest([x, y + 12.1], here), null);
});

test("reach is measured in pixels at every zoom", () => {
  const here = map();
  here.view.zoomAt(50, ...here.view.toPixel(0.25, 0.25));
  const [x, y] = here.view.toPixel(0.25, 0.25);
  assert.equal(nearest([x + 11, y], here), 0);
  assert.equal(nearest([x + 13, y], here), null);
});

test("rows that are filtered out are passed by", () => {
  const here = map([0, 0, 1]);
  assert.equal(nearest(here.view.toPixel(0.75, 0.5), here), null);
});

test("nothing is chosen before points and style are there", () => {
  const { view, moving, filter } = map();
  assert.equal(nearest([0, 0], { view, moving, filter: { flags: null } }), null);
  assert.equal(nearest([0, 0], { view, moving: { shown: null }, filter }), null);
});

const ENDS = { x: packed(0, 1, 0, 1), y: packed(0, 0, 1, 1) };
const EDGES = Uint32Array.from([0, 1, 2, 3, 3, 0]);

test("edges of the selected row come last, and their other ends are its neighbours", () => {
  const { ends, focusFrom, neighbours } = splitEdges(ENDS, { edges: EDGES, selected: Uint32Array.from([0]) });
  assert.deepEqual(Array.from(ends), [0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0]);
  assert.equal(focusFrom, 1);
  assert.deepEqual(neighbours, Uint32Array.from([1, 3]));
});

test("without a selected row all edges are drawn alike", () => {
  const { ends, focusFrom, neighbours } = splitEdges(ENDS, { edges: EDGES, selected: new Uint32Array(0) });
  assert.equal(ends.length, 12);
  assert.equal(focusFrom, 3);
  assert.equal(neighbours.length, 0);
});
