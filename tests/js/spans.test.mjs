import assert from "node:assert/strict";
import test from "node:test";

import { Editing } from "../../assets/spaneditor/editing.js";
import { allPlaced, edgeMoved, fromLabel, ownerOf, placed, rangeOf, spanAt, toLabel } from "../../assets/spaneditor/spans.js";

const LABEL = [[0, 2, "person"], [5, 7, "place"], [7, 8, "firm"]];
const SPANS = fromLabel(LABEL);
const WORDS = "Ada Byron met Bob in New York Acme near Paris".split(" ");
const MODEL = fromLabel([[0, 2, "person"], [5, 6, "place"], [9, 10, "place"]]);
const editing = (at = 0) => Object.assign(new Editing(WORDS, SPANS, MODEL), { cursor: at });

test("spans come from a label and go back to it, from left to right", () => {
  assert.deepEqual(toLabel(fromLabel([...LABEL].reverse())), LABEL);
});

test("a word belongs to the span that covers it", () => {
  const found = WORDS.map((_, word) => spanAt(SPANS, word)?.type ?? "");
  assert.deepEqual(found, ["person", "person", "", "", "", "place", "place", "firm", "", ""]);
});

test("a selection has both its ends, whichever came first", () => {
  assert.deepEqual(rangeOf(3, 1), { start: 1, end: 4 });
  assert.deepEqual(rangeOf(2, 2), { start: 2, end: 3 });
});

test("a span replaces those that it shares a word with, and no others", () => {
  const { spans, replaced } = placed(SPANS, { start: 6, end: 8, type: "person" });
  assert.deepEqual(toLabel(spans), [[0, 2, "person"], [6, 8, "person"]]);
  assert.deepEqual(toLabel(replaced), [[5, 7, "place"], [7, 8, "firm"]]);
});

test("the model's spans replace all that they share a word with", () => {
  assert.deepEqual(toLabel(allPlaced(SPANS, MODEL)), [[0, 2, "person"], [5, 6, "place"], [7, 8, "firm"], [9, 10, "place"]]);
});

test("a border keeps a word, stays in the sentence and stops at its neighbour", () => {
  const moved = (side, word) => {
    const { span, stopped } = edgeMoved(SPANS, SPANS[1], side, word, WORDS.length);
    return [span.start, span.end, stopped?.type];
  };
  assert.deepEqual(moved("start", 3), [3, 7, undefined]);
  assert.deepEqual(moved("start", 0), [2, 7, "person"]);
  assert.deepEqual(moved("start", 9), [6, 7, undefined]);
  assert.deepEqual(moved("end", 5), [5, 6, undefined]);
  assert.deepEqual(moved("end", 0), [5, 6, undefined]);
  assert.deepEqual(moved("end", 8), [5, 7, "firm"]);
  assert.deepEqual(edgeMoved(SPANS, SPANS[2], "end", 99, WORDS.length).span.end, WORDS.length);
});

test("a span is the file's, the model's, of both, or one's own", () => {
  const owner = (start, end, type) => ownerOf({ start, end, type }, SPANS, MODEL);
  assert.equal(owner(0, 2, "person"), "file and model");
  assert.equal(owner(5, 7, "place"), "file");
  assert.equal(owner(9, 10, "place"), "model");
  assert.equal(owner(0, 1, "person"), "own");
});

test("a type goes to the selection, else to the chosen span, else to the word at the cursor", () => {
  const one = editing();
  one.go(3, 2);
  one.assign("firm");
  assert.deepEqual(one.chosen, { start: 2, end: 4, type: "firm" });
  one.move(0);
  one.assign("place");
  assert.deepEqual(toLabel(one.spans)[0], [0, 2, "place"]);
  one.move(8);
  one.assign("place");
  assert.deepEqual(toLabel(one.spans).at(-1), [8, 9, "place"]);
});

test("what makes room is named, and undo brings it back", () => {
  const one = editing();
  one.go(7, 6);
  const { changed, warning } = one.assign("person");
  assert.ok(changed);
  assert.match(warning, /“New York” \(place\) and “Acme” \(firm\).*can't share a word/);
  one.undo();
  assert.deepEqual(toLabel(one.spans), LABEL);
  one.redo();
  assert.equal(one.spans.length, 2);
});

test("another type for the same words replaces nothing worth a sentence", () => {
  const one = editing();
  one.point(5);
  assert.equal(one.assign("firm").warning, "");
  assert.deepEqual(toLabel(one.spans)[1], [5, 7, "firm"]);
});

test("removing takes the chosen span, or all that a selection touches", () => {
  const one = editing();
  one.point(1);
  assert.equal(one.remove().sentence, "Removed “Ada Byron” (person).");
  one.go(7, 5);
  one.remove();
  assert.deepEqual(one.spans, []);
  assert.ok(!one.remove().changed);
});

test("keys move the border of the span at the cursor by one word", () => {
  const one = editing(6);
  one.edge("start", -1);
  one.edge("start", -1);
  assert.deepEqual(toLabel(one.spans)[1], [3, 7, "place"]);
  assert.match(one.edge("end", 1).warning, /stops at “Acme” \(firm\)/);
  assert.ok(!editing(9).edge("end", 1).changed);
});

test("a dragged border is one gesture, however far it went", () => {
  const one = editing();
  one.startEdge(SPANS[1], "start");
  one.dragEdge(4);
  one.dragEdge(3);
  assert.deepEqual(toLabel(one.spans)[1], [3, 7, "place"]);
  assert.ok(one.endEdge().changed);
  assert.equal(one.history.past.length, 1);
  one.startEdge(one.chosen, "end");
  assert.equal(one.endEdge(), null);
});

test("one of the model's entities is taken, or all of them", () => {
  const one = editing(9);
  one.take();
  assert.deepEqual(toLabel(one.spans).at(-1), [9, 10, "place"]);
  assert.ok(!editing(3).take().changed);
  one.takeAll();
  assert.deepEqual(one.spans, MODEL);
});

test("the next and the previous entity are found from any word", () => {
  const one = editing(3);
  assert.ok(one.next(1));
  assert.deepEqual([one.cursor, one.chosen.type], [5, "place"]);
  one.next(1);
  assert.ok(!one.next(1));
  assert.ok(one.next(-1));
  assert.equal(one.chosen.type, "place");
});

test("whatever is done, entities never overlap and lie in the sentence", () => {
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  const one = editing();
  for (let step = 0; step < 3000; step += 1) {
    const [a, b] = [random(WORDS.length), random(WORDS.length)];
    if (random(2)) one.go(a, b);
    else one.point(a);
    const acts = [() => one.assign("ABC"[random(3)]), () => one.edge(["start", "end"][random(2)], random(5) - 2), () => one.remove(), () => one.take(), () => one.undo(), () => one.redo()];
    acts[random(acts.length)]();
    one.spans.forEach(({ start, end }, i) => {
      assert.ok((one.spans[i - 1]?.end ?? 0) <= start && start < end && end <= WORDS.length);
    });
  }
});
