import assert from "node:assert/strict";
import test from "node:test";

import { boxOf, counted, Density, pictured, pointShare, stretches, tilesOf } from "../../assets/pointmap/density.js";
import { View } from "../../assets/pointmap/view.js";

const random = (seed) => () => (seed = (seed * 16807) % 2147483647) / 2147483647;
const next = random(7);
const N = 5000;
const x = Uint16Array.from({ length: N }, () => 65535 * next());
const y = Uint16Array.from({ length: N }, () => 65535 * next());
const colour = new Uint8Array(N).fill(1);
const flag = new Uint8Array(N);
const palette = new Uint8Array(1024);
palette.set([200, 100, 50, 255], 4);
const WHOLE = [0, 0, 1, 1];
const weight = (sums) => sums.reduce((total, value, i) => (i % 4 === 3 ? total + value : total), 0);

test("each point is in exactly one tile", () => {
  const { order, starts } = tilesOf(x, y);
  assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: N }, (_, i) => i));
  assert.equal(starts.at(-1), N);
});

test("the stretches of a box hold all points in it, and few others", () => {
  const tiles = tilesOf(x, y);
  const box = [0.2, 0.3, 0.5, 0.6];
  const held = new Set(stretches(tiles, box).flatMap(([from, to]) => [...tiles.order.subarray(from, to)]));
  let inside = 0;
  for (let i = 0; i < N; i += 1) {
    const [px, py] = [x[i] / 65535, y[i] / 65535];
    if (px >= box[0] && px <= box[2] && py >= box[1] && py <= box[3]) {
      inside += 1;
      assert.ok(held.has(i));
    }
  }
  assert.ok(inside > 300 && held.size < inside * 1.3);
});

test("a box beside the plane holds nothing", () => {
  assert.deepEqual(stretches(tilesOf(x, y), [1.1, 0, 1.2, 1]), []);
});

test("every point is counted once, in the cell where it is", () => {
  const sums = counted({ x, y, colour, flag }, [[0, N]], WHOLE, palette, 4);
  assert.equal(weight(sums), N);
  const lowest = x.reduce((count, value, i) => count + (value < 65535 / 4 && y[i] < 65535 / 4), 0);
  assert.equal(sums[3], lowest);
});

test("only the points of a box are counted in it, and dimmed ones hardly", () => {
  const half = weight(counted({ x, y, colour, flag }, [[0, N]], [0, 0, 0.5, 1], palette, 8));
  assert.ok(Math.abs(half - N / 2) < N / 20);
  const dimmed = new Uint8Array(N).fill(1);
  assert.ok(weight(counted({ x, y, colour, flag: dimmed }, [[0, N]], WHOLE, palette, 8)) < N / 20);
});

test("a cell has the mean colour of its points and more of it the more they are", () => {
  const bytes = pictured(Float32Array.of(200, 100, 50, 1, 20000, 10000, 5000, 100, 0, 0, 0, 0));
  const [few, many] = [bytes.subarray(0, 4), bytes.subarray(4, 8)];
  assert.equal(many[3], 255);
  assert.deepEqual([...many.subarray(0, 3)], [200, 100, 50]);
  assert.ok(few[3] > 50 && few[3] < 150, few[3]);
  assert.deepEqual([...bytes.subarray(8)], [0, 0, 0, 0]);
});

test("the points take over as fewer of them are in view", () => {
  assert.deepEqual([1_000_000, 100_000, 75_000, 50_000, 10].map(pointShare), [0, 0, 0.5, 1, 1]);
});

test("a picture is kept while it covers the view finely enough", () => {
  const view = new View();
  view.size = [600, 500];
  const density = new Density(x, y);
  density.setStyle(colour, flag);
  density.setPalette(palette);
  assert.deepEqual(density.picture(view).box, WHOLE);
  assert.equal(density.picture(view), null);
  view.zoomAt(20, 300, 250);
  const [x0, , x1] = boxOf(view);
  const { box } = density.picture(view);
  assert.ok(box[0] < x0 && box[2] > x1 && box[2] - box[0] < 0.2);
  view.pan(20, 0);
  assert.equal(density.picture(view), null);
  density.setStyle(colour, flag);
  assert.notEqual(density.picture(view), null);
});
