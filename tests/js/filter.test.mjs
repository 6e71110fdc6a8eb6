import assert from "node:assert/strict";
import test from "node:test";

import { filtered, remaining } from "../../assets/pointmap/filter.js";

const every = (out = []) => Uint8Array.from({ length: 256 }, (_, code) => Number(!out.includes(code)));
const points = {
  flag: Uint8Array.from([0, 2, 1, 4]),
  colour: Uint8Array.from([0, 1, 0, 1]),
  levels: Uint16Array.from([10, 20, 30, 65535]),
  missing: 65535,
};

test("without a filter the flags are those that were sent", () => {
  const flags = filtered({ ...points, shown: every(), range: null });
  assert.deepEqual(Array.from(flags), [0, 2, 1, 4]);
});

test("points of classes that are not shown are dimmed and keep their other flags", () => {
  const flags = filtered({ ...points, shown: every([1]), range: null });
  assert.deepEqual(Array.from(flags), [0, 3, 1, 5]);
});

test("a range holds both its ends, and no point without a value", () => {
  const flags = filtered({ ...points, shown: every(), range: [10, 20] });
  assert.deepEqual(Array.from(flags), [0, 2, 1, 5]);
  assert.equal(filtered({ ...points, shown: every(), range: [0, 99999] })[3], 5);
});

test("class and range filter together", () => {
  const flags = filtered({ ...points, shown: every([0]), range: [15, 40] });
  assert.deepEqual(Array.from(flags), [1, 2, 1, 5]);
  assert.equal(remaining(flags), 1);
});

test("the flags that were sent are left as they are", () => {
  filtered({ ...points, shown: every([0, 1]), range: null });
  assert.deepEqual(Array.from(points.flag), [0, 2, 1, 4]);
});

test("points of the mask are dimmed, the lowest bit first, beside what the filters dim", () => {
  const mask = Uint8Array.from([0b1001]);
  assert.deepEqual(Array.from(filtered({ ...points, shown: every(), range: null, mask })), [1, 2, 1, 5]);
  assert.deepEqual(Array.from(filtered({ ...points, shown: every([1]), range: null, mask })), [1, 3, 1, 5]);
});
