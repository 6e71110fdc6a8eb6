import assert from "node:assert/strict";
import test from "node:test";

import { swelling } from "../../assets/pointmap/pulse.js";
import { nearestFrom } from "../../assets/pointmap/stepping.js";
import { Fingers, pinched } from "../../assets/pointmap/touch.js";

const places = { x: Uint16Array.of(0, 100, 300, 100), y: Uint16Array.of(0, 0, 10, 200) };
const flag = new Uint8Array(4);
const other = (i) => i !== 0;

test("the nearest point is stepped to, on the screen's own scale", () => {
  assert.equal(nearestFrom([0, 0], places, flag, [1, 1], other), 1);
  assert.equal(nearestFrom([0, 0], places, flag, [100, 1], (i) => i > 1), 3);
});

test("a direction keeps to its side; points filtered out are passed by", () => {
  assert.equal(nearestFrom([100, 0], places, flag, [1, 1], (i) => i !== 1, [1, 0]), 2);
  assert.equal(nearestFrom([100, 0], places, flag, [1, 1], (i) => i !== 1, [0, 1]), 3);
  assert.equal(nearestFrom([100, 0], places, flag, [1, 1], (i) => i !== 1, [0, -1]), null);
  assert.equal(nearestFrom([0, 0], places, Uint8Array.of(0, 1, 0, 0), [1, 1], other), 3);
});

test("two fingers zoom by how they spread, about the middle between them", () => {
  assert.deepEqual(pinched([[0, 0], [10, 0]], [[0, 0], [20, 0]]), { zoom: 2, at: [10, 0], pan: [5, 0] });
});

test("one finger does not pinch", () => {
  const fingers = new Fingers();
  fingers.down(1, [0, 0]);
  assert.equal(fingers.move(1, [5, 5]), null);
  fingers.down(2, [10, 5]);
  assert.deepEqual(fingers.move(2, [15, 5]), { zoom: 2, at: [10, 5], pan: [2.5, 0] });
  fingers.up(2);
  assert.equal(fingers.move(1, [0, 0]), null);
});

test("a pulse ends where it began", () => {
  assert.equal(swelling(-1), 1);
  assert.ok(swelling(200) > 1.3);
  assert.equal(swelling(1200), 1);
});
