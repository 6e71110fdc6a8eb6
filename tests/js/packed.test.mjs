import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { unpack } from "../../assets/pointmap/packed.js";
import { View } from "../../assets/pointmap/view.js";

const bytes = new Uint8Array(readFileSync(new URL("golden.bin", import.meta.url)));
const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf-8"));
const feeds = golden.feeds.map(({ start, end }) => unpack(bytes.subarray(start, end)));

for (const [i, wanted] of golden.feeds.entries()) {
  test(`the golden feed ${wanted.name} is read as Python wrote it`, () => {
    const { map, part, version, values, arrays } = feeds[i];
    assert.deepEqual({ map, part, version, values }, wanted.header);
    assert.deepEqual(Object.keys(arrays), Object.keys(wanted.arrays));
    for (const [name, array] of Object.entries(arrays)) {
      assert.deepEqual(Array.from(array), wanted.arrays[name], name);
    }
  });
}

test("a feed is read wherever its bytes start in a larger buffer", () => {
  const { start, end } = golden.feeds[0];
  for (const shift of [1, 2, 3]) {
    const larger = new Uint8Array(end - start + shift);
    larger.set(bytes.subarray(start, end), shift);
    assert.deepEqual(unpack(larger.subarray(shift)), feeds[0]);
  }
});

test("an array's type follows from its name in the header", () => {
  const types = feeds.flatMap(({ arrays }) => Object.entries(arrays).map(([name, a]) => [name, a.constructor.name]));
  const { x, row, colour, lasso } = Object.fromEntries(types);
  assert.deepEqual([x, row, colour, lasso], ["Uint16Array", "Uint32Array", "Uint8Array", "Int32Array"]);
});

test("bytes that are no feed are refused", () => {
  const other = bytes.slice();
  other[3] = "2".charCodeAt(0);
  assert.throws(() => unpack(other), /not a point map feed/);
});

test("a packed place has the same data coordinates in the browser as in Python", () => {
  const view = new View();
  view.bounds = golden.frame.bounds;
  for (const { packed, data } of golden.frame.places) {
    const [x, y] = view.toData(packed[0] / 65535, packed[1] / 65535);
    assert.ok(Math.abs(x - data[0]) < 1e-12 && Math.abs(y - data[1]) < 1e-12, `${x}, ${y}`);
  }
});
