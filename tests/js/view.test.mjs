import assert from "node:assert/strict";
import test from "node:test";

import { View } from "../../assets/pointmap/view.js";

const close = (one, other, slack = 1e-9) =>
  one.forEach((value, i) => assert.ok(Math.abs(value - other[i]) < slack, `${one} is not ${other}`));

function view(changes = {}) {
  const margins = { left: 60, right: 10, top: 10, bottom: 40 };
  return Object.assign(new View(), { size: [800, 500], bounds: [-3, 5, 0, 2], margins }, changes);
}

test("the plot is the canvas without its margins", () => {
  assert.deepEqual(view().plot, [60, 10, 730, 450]);
});

test("a canvas smaller than its margins still has a plot", () => {
  assert.deepEqual(view({ size: [20, 20] }).plot, [60, 10, 1, 1]);
});

test("the middle of the plane is drawn in the middle of the plot", () => {
  close(view().toPixel(0.5, 0.5), view().middle());
});

test("a pixel of a place is the place of that pixel", () => {
  const moved = view();
  moved.zoomAt(3.7, 200, 120);
  moved.pan(-31, 17);
  for (const place of [[0, 0], [1, 1], [0.25, 0.8]]) close(moved.toUnit(...moved.toPixel(...place)), place);
});

test("y grows upwards", () => {
  assert.ok(view().toPixel(0, 1)[1] < view().toPixel(0, 0)[1]);
});

test("with equal axes one unit of data is as long upwards as sideways", () => {
  const [sx, sy] = view().scale;
  close([sx / 8], [sy / 2]);
});

test("without equal axes the plane fills the plot", () => {
  const [sx, sy] = view({ equal: false }).scale;
  close([sx / 730], [sy / 450]);
});

test("bounds without extent are drawn", () => {
  assert.ok(view({ bounds: [2, 2, 1, 1] }).scale.every((length) => Number.isFinite(length) && length > 0));
});

test("units become data between the bounds", () => {
  assert.deepEqual([view().toData(0, 0), view().toData(1, 1), view().toData(0.5, 0.25)], [[-3, 0], [5, 2], [1, 0.5]]);
});

test("a pan moves every place by as many pixels", () => {
  const now = view();
  const before = now.toPixel(0.3, 0.6);
  now.pan(12, -7);
  close(now.toPixel(0.3, 0.6), [before[0] + 12, before[1] - 7]);
});

test("the plane can't be lost by panning", () => {
  const now = view();
  now.pan(1e9, -1e9);
  assert.deepEqual(now.centre, [-0.2, -0.2]);
  now.pan(-1e9, 1e9);
  assert.deepEqual(now.centre, [1.2, 1.2]);
});

test("zoom keeps the place under the pointer", () => {
  const now = view();
  const under = now.toUnit(300, 200);
  now.zoomAt(2.5, 300, 200);
  close(now.toPixel(...under), [300, 200]);
});

test("zoom stays between half and two hundred", () => {
  const now = view();
  now.zoomAt(1e9, 400, 250);
  assert.equal(now.zoom, 200);
  now.zoomAt(1e-9, 400, 250);
  assert.equal(now.zoom, 0.5);
});

test("reset shows everything again", () => {
  const now = view();
  now.zoomAt(4, 100, 100);
  now.reset();
  assert.deepEqual([now.zoom, now.centre], [1, [0.5, 0.5]]);
});

test("the shaders' coordinates agree with the pixels", () => {
  const now = view();
  now.zoomAt(2, 150, 90);
  const [left, top, width, height] = now.plot;
  const { scale, shift } = now.clip();
  const place = [0.35, 0.55];
  const [cx, cy] = place.map((value, axis) => value * scale[axis] + shift[axis]);
  close([left + ((cx + 1) / 2) * width, top + ((1 - cy) / 2) * height], now.toPixel(...place));
});
