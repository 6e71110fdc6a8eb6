import assert from "node:assert/strict";
import test from "node:test";

import { Moving, nearestPoints, onTheWay, same, shift } from "../../assets/pointmap/moving.js";
import { frameOf } from "../../assets/pointmap/player.js";

const places = (x, y) => ({ x: Uint16Array.from(x), y: Uint16Array.from(y) });
const BEFORE = places([0, 100, 200], [0, 0, 0]);
const AFTER = places([1000, 100, 0], [500, 0, 65535]);

test("points start where they were, and end where they belong", () => {
  assert.ok(same(onTheWay(BEFORE, AFTER, 0), BEFORE));
  assert.ok(same(onTheWay(BEFORE, AFTER, 1), AFTER));
  assert.deepEqual(Array.from(onTheWay(BEFORE, AFTER, 0.5).x), [500, 100, 100]);
});

test("a name goes along with the points nearest to it", () => {
  const near = nearestPoints([10, 0], BEFORE, 1);
  assert.deepEqual(near, [0]);
  assert.deepEqual(shift(near, BEFORE, AFTER), [1000 / 65535, 500 / 65535]);
});

test("a frame has the places of its epoch, and none where no epoch moves the points", () => {
  const arrays = { colour: new Uint8Array(0), rings: new Uint8Array(2), ...places([1, 2, 3, 4], [5, 6, 7, 8]) };
  const values = { points: 2, scales: null, labels: null };
  assert.ok(same(frameOf({ arrays, values }, 1).places, places([3, 4], [7, 8])));
  assert.equal(frameOf({ arrays: { ...arrays, ...places([], []) }, values }, 1).places, null);
});

/** A map that shows BEFORE; `drawn` are the places that its painter got. */
function mapped() {
  const drawn = [];
  const map = {
    parts: { points: { version: "1", arrays: BEFORE } },
    view: { bounds: [0, 1, 0, 1] },
    player: { frame: null, places: () => map.player.frame },
    painter: { setPoints: (x, y) => drawn.push({ x, y }) },
    hover() {},
    redraw() {},
  };
  globalThis.requestAnimationFrame = () => 0;
  globalThis.cancelAnimationFrame = () => {};
  map.moving = new Moving(map);
  return { map, drawn, moving: map.moving };
}

test("who has asked for less motion sees the points at their new places at once", () => {
  const { map, drawn, moving } = mapped();
  globalThis.matchMedia = () => ({ matches: true });
  moving.follow();
  map.player.frame = AFTER;
  moving.follow();
  assert.ok(same(drawn.at(-1), AFTER));
});

test("others see them leave from where they were", () => {
  const { map, drawn, moving } = mapped();
  globalThis.matchMedia = () => ({ matches: false });
  moving.follow();
  map.player.frame = AFTER;
  moving.follow();
  assert.ok(drawn.at(-1).x[0] < 200);
  assert.ok(same(moving.to, AFTER));
});

test("points on another plane do not travel there", () => {
  const { map, drawn, moving } = mapped();
  globalThis.matchMedia = () => ({ matches: false });
  moving.follow();
  map.view.bounds = [0, 2, 0, 2];
  map.parts.points = { version: "2", arrays: AFTER };
  moving.follow(true);
  assert.ok(same(drawn.at(-1), AFTER));
});

test("a frame that comes again is not drawn again", () => {
  const { drawn, moving } = mapped();
  moving.follow();
  moving.follow();
  assert.equal(drawn.length, 1);
});
