import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { unpack } from "../../assets/pointmap/packed.js";
import { factsOf, textOf } from "../../assets/pointmap/tip.js";

const bytes = new Uint8Array(readFileSync(new URL("golden.bin", import.meta.url)));
const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf-8"));
const part = (wanted) => {
  const { start, end } = golden.feeds.find(({ name }) => name === wanted);
  return unpack(bytes.subarray(start, end));
};
const texts = part("texts");
const facts = part("facts");

test("each point has its own text, whatever its letters", () => {
  assert.deepEqual([0, 1, 2].map((point) => textOf(point, { texts })), ["a <b>", "", "東京 ≠ 🙂"]);
});

test("a text that was asked for is that of its point and of no other", () => {
  const asked = { values: { point: 7, text: "seven" } };
  assert.equal(textOf(7, { asked }), "seven");
  assert.equal(textOf(6, { asked }), "");
});

test("facts are words, and what is not known is left out", () => {
  assert.deepEqual(factsOf(0, { facts }), [["label", "good"], ["hardness", "1.235"], ["p(label error)", "< 1 %"]]);
  assert.deepEqual(factsOf(1, { facts }), [["hardness", "-2.5"], ["p(label error)", "46 %"]]);
  const unknown = { values: { facts: [{ title: "hardness", kind: "number" }] }, arrays: [Float32Array.of(NaN)] };
  assert.deepEqual(factsOf(0, { facts: unknown }), []);
});

test("the facts of a point that was asked for are those that it has among all", () => {
  const asked = part("asked");
  assert.equal(textOf(1, { asked }), "seven");
  assert.deepEqual(factsOf(1, { asked }), factsOf(1, { facts }));
  assert.deepEqual(factsOf(0, { asked }), []);
});
