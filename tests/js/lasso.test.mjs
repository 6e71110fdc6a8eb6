import assert from "node:assert/strict";
import test from "node:test";

import { corners, packedLasso, simplify } from "../../assets/pointmap/lasso.js";

const view = { scale: [600, 400] };

function circle(count, wobble = 0) {
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    const radius = 0.3 + wobble * Math.sin(9 * angle);
    return [0.5 + radius * Math.cos(angle), 0.5 + radius * Math.sin(angle)];
  });
}

test("corners on a straight line are left out", () => {
  const line = [[0, 0], [1, 0], [2, 0], [3, 0], [3, 3]];
  assert.deepEqual(simplify(line, 0.1), [[0, 0], [3, 0], [3, 3]]);
});

test("a corner farther away than the tolerance is kept, a nearer one is not", () => {
  const path = [[0, 0], [5, 2], [10, 0], [20, 0]];
  assert.deepEqual(simplify(path, 1.5), [[0, 0], [5, 2], [10, 0], [20, 0]]);
  assert.deepEqual(simplify(path, 2.5), [[0, 0], [20, 0]]);
});

test("a path that ends where it began keeps its farthest corner", () => {
  assert.ok(simplify([[0, 0], [4, 0], [4, 3], [0, 0]], 1).some(([x, y]) => x === 4 && y === 3));
});

test("a simplified path begins and ends where the path does", () => {
  const path = circle(200, 0.05);
  const kept = simplify(path, 0.01);
  assert.deepEqual([kept[0], kept.at(-1)], [path[0], path.at(-1)]);
});

test("a long path is sent as at most sixty corners", () => {
  const packed = packedLasso(circle(5000, 0.08), view);
  assert.ok(packed.length >= 3 && packed.length <= 60, String(packed.length));
});

test("the corners that are sent are whole numbers on the path", () => {
  for (const [x, y] of packedLasso(circle(500), view)) {
    assert.ok(Number.isInteger(x) && Number.isInteger(y));
    assert.ok(Math.abs(Math.hypot(x / 65535 - 0.5, y / 65535 - 0.5) - 0.3) < 1e-4);
  }
});

test("a path that encloses nothing is no lasso", () => {
  assert.equal(packedLasso([[0.1, 0.1], [0.9, 0.9]], view), null);
  assert.equal(packedLasso([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.4, 0.4]], view), null);
});

test("a lasso may leave the frame", () => {
  assert.deepEqual(packedLasso([[-0.5, 0], [1.5, 0], [0.5, 2]], view), [[-32767, 0], [98303, 0], [32768, 131070]]);
});

test("packed corners come back in unit coordinates", () => {
  assert.deepEqual(corners(Int32Array.from([0, 65535, -65535, 131070])), [[0, 1], [-1, 2]]);
  assert.deepEqual(corners(Int32Array.from([])), []);
});
