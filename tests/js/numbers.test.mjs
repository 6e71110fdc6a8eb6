import assert from "node:assert/strict";
import test from "node:test";

import { short, ticks } from "../../assets/pointmap/numbers.js";

const rounded = (values) => values.map((value) => Number(value.toPrecision(9)));

test("ticks are one, two or five times a power of ten", () => {
  assert.deepEqual(rounded(ticks(0, 1, 5)), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(rounded(ticks(-7, 13, 4)), [-5, 0, 5, 10]);
  assert.deepEqual(rounded(ticks(0.001, 0.0035, 3)), [0.001, 0.002, 0.003]);
});

test("there are never more ticks than one above what is asked for", () => {
  for (const high of [0.013, 0.7, 1.9, 33, 480, 9999]) {
    for (const most of [2, 3.5, 8]) assert.ok(ticks(0, high, most).length <= most + 1, `${high}, ${most}`);
  }
});

test("zero is written without a sign", () => {
  assert.ok(ticks(-1, 1, 4).some((value) => Object.is(value, 0)));
  assert.ok(!ticks(-1, 1, 4).some((value) => Object.is(value, -0)));
});

test("a range that is empty, reversed or without end has no ticks", () => {
  assert.deepEqual([ticks(1, 1, 5), ticks(2, 1, 5), ticks(0, Infinity, 5), ticks(NaN, 1, 5)], [[], [], [], []]);
});

test("numbers are written in at most four digits", () => {
  assert.deepEqual([0, 0.25, 1 / 3, 1200, -12345].map(short), ["0", "0.25", "0.3333", "1,200", "-12,350"]);
});

test("very small and very large numbers are written with a power of ten", () => {
  assert.deepEqual([3e-7, -3e-7, 1e7, 0.0001].map(short), ["3.0e-7", "-3.0e-7", "1.0e+7", "0.0001"]);
});
