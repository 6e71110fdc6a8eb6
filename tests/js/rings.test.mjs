import assert from "node:assert/strict";
import test from "node:test";

import { firstInBox, MOST_RINGS, mostRings, ringedPoints } from "../../assets/pointmap/rings.js";

test("hardest seeds come first; dimmed points and those without a ring are left out", () => {
  const flag = Uint8Array.of(2, 0, 3, 2, 6, 2);
  assert.deepEqual([...ringedPoints(flag, Uint32Array.of(5, 2, 3, 1))], [5, 3, 0, 4]);
});

test("without seeds few rings keep their order and many are mixed", () => {
  assert.deepEqual([...ringedPoints(Uint8Array.of(2, 0, 2))], [0, 2]);
  const many = ringedPoints(new Uint8Array(20_000).fill(2));
  const first = many.subarray(0, MOST_RINGS);
  const mean = first.reduce((sum, i) => sum + i, 0) / first.length;
  assert.equal(new Set(many).size, 20_000);
  assert.ok(mean > 9_000 && mean < 11_000, mean);
});

test("rings are the first ones in view", () => {
  const x = Uint16Array.of(0, 30_000, 40_000, 65_535);
  const y = Uint16Array.of(0, 30_000, 40_000, 65_535);
  assert.deepEqual([...firstInBox([3, 2, 1, 0], { x, y }, [0.4, 0.4, 1, 1], 2)], [3, 2]);
  assert.deepEqual([...firstInBox([3, 2, 1, 0], { x, y }, [0, 0, 0.5, 0.5])], [1, 0]);
});

test("above a density rings have room, above points all of them are drawn up to a limit", () => {
  assert.equal(mostRings([0, 0, 500, 400], true), 800);
  assert.equal(mostRings([0, 0, 500, 400], false), MOST_RINGS);
  assert.equal(mostRings([0, 0, 5000, 4000], true), MOST_RINGS);
});
