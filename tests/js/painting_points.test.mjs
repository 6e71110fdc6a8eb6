import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST, erased, painted, sprinkled } from "../../assets/playground/painting.js";
import { placed } from "../../assets/playground/plane.js";

test("a stroke leaves a gap between its points", () => {
  const one = painted([], [0, 0], 1, null);
  assert.deepEqual(one, [[0, 0, 1]]);
  assert.equal(painted(one, [0.01, 0], 1, [0, 0]), one);
  assert.equal(painted(one, [0.2, 0], 1, [0, 0]).length, 2);
});

test("no more points are painted than can be trained on", () => {
  const full = Array.from({ length: MOST }, () => [0, 0, 0]);
  assert.equal(painted(full, [0.5, 0.5], 0, null), full);
  assert.ok(sprinkled(full, 0).length <= MOST);
});

test("the eraser takes the points around it and no others", () => {
  const points = [[0, 0, 0], [0.9, 0.9, 1]];
  assert.deepEqual(erased(points, ...placed([0, 0])), [[0.9, 0.9, 1]]);
});

test("ten points of a class are added without a pointer, each elsewhere", () => {
  const twice = sprinkled(sprinkled([], 2), 2);
  assert.equal(twice.length, 20);
  assert.equal(new Set(twice.map(String)).size, 20);
  assert.ok(twice.every(([x, y, label]) => Math.abs(x) <= 1 && Math.abs(y) <= 1 && label === 2));
});
