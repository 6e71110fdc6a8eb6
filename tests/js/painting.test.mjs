import assert from "node:assert/strict";
import test from "node:test";

import { margins } from "../../assets/pointmap/frame.js";
import { pointSize } from "../../assets/pointmap/painter.js";

test("points are drawn smaller the more there are, within limits", () => {
  const sizes = [10, 10_000, 1_000_000].map((count) => pointSize(count, 1));
  assert.deepEqual([sizes[0], sizes[2]], [7, 1.6]);
  assert.ok(sizes[1] > 1.6 && sizes[1] < 7);
});

test("points grow as the reader zooms in, and do not shrink below zoom one", () => {
  assert.ok(pointSize(10_000, 4) > pointSize(10_000, 1));
  assert.equal(pointSize(10_000, 0.5), pointSize(10_000, 1));
  assert.equal(pointSize(10, 200), 14);
});

test("only a map with axes leaves room for them", () => {
  assert.deepEqual(Object.values(margins(null)), [0, 0, 0, 0]);
  assert.ok(Object.values(margins([{ title: "x" }, { title: "y" }])).every((room) => room > 0));
});
