import assert from "node:assert/strict";
import test from "node:test";

import { frameOf, ringed } from "../../assets/pointmap/player.js";
import { extent, path } from "../../assets/pointmap/plots.js";

test("the rings of a frame replace those that were there, and other flags stay", () => {
  const flags = ringed(Uint8Array.from([0, 2, 5, 2]), Uint8Array.from([0b1001]));
  assert.deepEqual(Array.from(flags), [2, 0, 5, 2]);
});

test("the ninth point's ring is in the second byte", () => {
  assert.deepEqual(Array.from(ringed(new Uint8Array(9), Uint8Array.from([0, 1]))), [0, 0, 0, 0, 0, 0, 0, 0, 2]);
});

const feed = (colour) => ({
  arrays: { colour: Uint8Array.from(colour), rings: Uint8Array.from([1, 2]), x: [], y: [] },
  values: { points: 3, scales: [[0, 1], [0, 2]], labels: null },
});

test("a frame has the colours, rings and scale of its epoch", () => {
  const frame = frameOf(feed([1, 2, 3, 4, 5, 6]), 1);
  assert.deepEqual([Array.from(frame.colour), Array.from(frame.rings), frame.scale], [[4, 5, 6], [2], [0, 2]]);
});

test("where no epoch changes the colours a frame has none", () => {
  assert.equal(frameOf(feed([]), 0).colour, null);
});

test("an epoch without a score leaves a gap in the line", () => {
  const places = path([0, null, 1], [0, 1], 100, 50);
  assert.deepEqual(places, [[6, 44], null, [94, 6]]);
  assert.deepEqual([extent([null, 3, 1]), extent([null])], [[1, 3], [0, 1]]);
});
