import assert from "node:assert/strict";
import test from "node:test";

import { binned, levelOf, MISSING, TOP, valueAt } from "../../assets/pointmap/histogram.js";

test("levels reach from the low end to the high one, and beyond", () => {
  const axis = { low: 2, high: 4 };
  assert.deepEqual([2, 3, 4].map((value) => levelOf(value, axis)), [0, TOP / 2, TOP]);
  assert.ok(levelOf(5, axis) > TOP);
  assert.ok(levelOf(1, axis) < 0);
});

test("a value for a link has few digits and the axis's own ends", () => {
  assert.equal(valueAt(1 / 3, { low: 0, high: 1 }), 0.3333);
  assert.equal(valueAt(0.5, { low: 1, high: 1.0001 }), 1.00005);
  assert.deepEqual([valueAt(-1, { low: 0.123, high: 7 }), valueAt(2, { low: 0.123, high: 7 })], [0.123, 7]);
});

test("points are counted in bins, all of them and those that are not dimmed", () => {
  const levels = Uint16Array.from([0, 1, TOP, MISSING]);
  const [all, left] = binned(levels, Uint8Array.from([0, 1, 2, 0]), 4);
  assert.deepEqual(Array.from(all), [2, 0, 0, 1]);
  assert.deepEqual(Array.from(left), [1, 0, 0, 1]);
});
