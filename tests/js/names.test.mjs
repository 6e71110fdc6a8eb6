import assert from "node:assert/strict";
import test from "node:test";

import { between, target } from "../../assets/pointmap/flight.js";
import { placed, regionAt } from "../../assets/pointmap/names.js";
import { View } from "../../assets/pointmap/view.js";

const PLOT = [0, 0, 800, 600];
const measure = (text) => 7 * text.length;
const at = (zoom) => (x, y) => [400 + (x - 0.5) * 800 * zoom, 300 - (y - 0.5) * 600 * zoom];
const many = Array.from({ length: 300 }, (_, i) => ({
  text: `name ${i}`, x: (i * 0.618) % 1, y: (i * 0.382) % 1, weight: i, kind: i % 2 ? "region" : "class", id: `r${i}`,
}));

function overlapping(boxes) {
  return boxes.some((a, i) =>
    boxes.slice(i + 1).some((b) => Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2),
  );
}

test("names never overlap, and the heaviest is always drawn", () => {
  const boxes = placed(many, at(1), measure, PLOT);
  assert.equal(boxes[0].name.text, "name 299");
  assert.ok(boxes.length > 20);
  assert.equal(overlapping(boxes), false);
});

test("a closer look shows a larger share of the names in view", () => {
  const share = (zoom) => {
    const inView = many.filter(({ x, y }) => Math.abs(x - 0.5) * zoom < 0.5 && Math.abs(y - 0.5) * zoom < 0.5);
    return placed(many, at(zoom), measure, PLOT).length / inView.length;
  };
  assert.ok(share(3) > share(1));
});

test("a name at the edge is moved inwards, a long one is cut", () => {
  const [box] = placed([{ text: "x".repeat(90), x: 0, y: 0.5, weight: 1, kind: "class" }], at(1), measure, PLOT);
  assert.ok(box.x - box.width / 2 >= 0);
  assert.equal([...box.text].length, 34);
});

test("a click on a region's name gives its id, on a class's name none", () => {
  const names = [
    { text: "region", x: 0.5, y: 0.5, weight: 2, kind: "region", id: "a1" },
    { text: "class", x: 0.5, y: 0.8, weight: 1, kind: "class", id: "" },
  ];
  const boxes = placed(names, at(1), measure, PLOT);
  assert.equal(regionAt([400, 300], boxes), "a1");
  assert.equal(regionAt([400, 120], boxes), null);
  assert.equal(regionAt([10, 10], boxes), null);
});

test("a flight ends where its target fills the window, and a single point is not looked at too closely", () => {
  const view = new View();
  view.size = [800, 600];
  const to = target(view, { x: [0.2, 0.4], y: [0.5, 0.6] });
  assert.deepEqual(to.centre.map((value) => Number(value.toFixed(6))), [0.3, 0.55]);
  Object.assign(view, to);
  const [left] = view.toPixel(0.2, 0.5);
  const [right] = view.toPixel(0.4, 0.5);
  assert.ok(left >= 0 && right <= 800 && right - left > 500);
  assert.ok(target(view, { x: [0.3, 0.3], y: [0.5, 0.5] }).zoom <= 40);
});

test("a flight starts and ends exactly at its ends", () => {
  const [from, to] = [{ centre: [0.5, 0.5], zoom: 1 }, { centre: [0.1, 0.9], zoom: 9 }];
  assert.deepEqual(between(from, to, 0), from);
  const end = between(from, to, 1);
  assert.ok(Math.abs(end.zoom - 9) < 1e-9 && Math.abs(end.centre[0] - 0.1) < 1e-9);
});
