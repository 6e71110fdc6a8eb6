import assert from "node:assert/strict";
import test from "node:test";

import { Legend, meaning, picked, texels } from "../../assets/pointmap/legend.js";

test("a palette becomes 256 colours of four bytes", () => {
  const bytes = texels(["#102030", "#ffffff"]);
  assert.equal(bytes.length, 1024);
  assert.deepEqual(Array.from(bytes.slice(0, 8)), [16, 32, 48, 255, 255, 255, 255, 255]);
});

test("a colour code stands for its class", () => {
  const shown = { labels: ["cat", "dog"], palette: ["#000000", "#ffffff"], scale: null };
  assert.deepEqual([meaning(0, shown), meaning(1, shown), meaning(7, shown)], ["cat", "dog", ""]);
});

test("a colour code of a scale stands for about its score", () => {
  const palette = Array(256).fill("#000000");
  const shown = { labels: [], palette, scale: { title: "Hardness", low: 0, high: 2 } };
  assert.deepEqual([meaning(0, shown), meaning(255, shown)], ["Hardness ≈ 0", "Hardness ≈ 2"]);
  assert.equal(meaning(51, shown), "Hardness ≈ 0.4");
});

test("where some points have no value, the last colour says so", () => {
  const palette = [...Array(256).fill("#000000"), "#888888"];
  const scale = { title: "Hardness", low: 0, high: 2, missing: "not drawn" };
  assert.equal(meaning(256, { labels: [], palette, scale }), "not drawn");
  assert.equal(meaning(255, { labels: [], palette, scale }), "Hardness ≈ 2");
});

test("without classes and scale a colour stands for nothing", () => {
  assert.equal(meaning(0, { labels: [], palette: [], scale: null }), "");
});

test("with some classes in focus the others are dimmed", () => {
  const legend = Object.assign(new Legend(null, () => {}), { labels: ["a", "b", "c"] });
  assert.deepEqual([0, 1, 2].map((code) => legend.faded(code)), [false, false, false]);
  legend.focus.add(1);
  assert.deepEqual([0, 1, 2].map((code) => legend.faded(code)), [true, false, true]);
});

test("the first class pressed is shown alone, further ones are added, a second press removes", () => {
  assert.deepEqual(picked(new Set(), 2, false), [2]);
  assert.deepEqual(picked(new Set([2]), 0, false), [2, 0]);
  assert.deepEqual(picked(new Set([2, 0]), 2, false), [0]);
});

test("with Ctrl a class is shown alone, and all again when it was the only one", () => {
  assert.deepEqual(picked(new Set([2, 0]), 1, true), [1]);
  assert.deepEqual(picked(new Set([1]), 1, true), []);
});
