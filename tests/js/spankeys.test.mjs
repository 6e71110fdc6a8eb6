import assert from "node:assert/strict";
import test from "node:test";

import { commandOf } from "../../assets/spaneditor/commands.js";
import { linesOf, missingWidth, signature, widthOf } from "../../assets/spaneditor/layers.js";
import { clock, spanSentence, wordSentence } from "../../assets/spaneditor/saying.js";
import { Sending } from "../../assets/spaneditor/sending.js";
import { fromLabel } from "../../assets/spaneditor/spans.js";
import { TYPE_KEYS, choices, typeKeys, unfit } from "../../assets/spaneditor/types.js";

const TYPES = ["person", "place", "firm"];
const press = (key, held = {}, rtl = false) => commandOf({ key, getModifierState: () => held.graph ?? false, ...held }, { keys: typeKeys(TYPES), rtl });

test("arrows move, with Shift they select, with Alt they move a border", () => {
  assert.deepEqual(press("ArrowRight"), ["move", 1]);
  assert.deepEqual(press("ArrowLeft", { shiftKey: true }), ["extend", -1]);
  assert.deepEqual(press("ArrowRight", { altKey: true }), ["edge", ["end", 1]]);
  assert.deepEqual(press("ArrowRight", { altKey: true, shiftKey: true }), ["edge", ["start", 1]]);
  assert.deepEqual(press("Home", { shiftKey: true }), ["extend", "first"]);
});

test("where a script runs from right to left, the left arrow goes on", () => {
  assert.deepEqual(press("ArrowLeft", {}, true), ["move", 1]);
  assert.deepEqual(press("ArrowRight", {}, true), ["move", -1]);
});

test("brackets move borders, on keyboards that need AltGr for them too", () => {
  assert.deepEqual(press("["), ["edge", ["end", -1]]);
  assert.deepEqual(press("}"), ["edge", ["start", 1]]);
  assert.deepEqual(press("]", { ctrlKey: true, altKey: true, graph: true }), ["edge", ["end", 1]]);
});

test("a type's key assigns it, and a key of nothing is left to the page", () => {
  assert.deepEqual(press("2"), ["assign", "place"]);
  assert.equal(press("4"), null);
  assert.equal(press("a"), null);
  assert.equal(press("Tab"), null);
});

test("saving, undo and redo need Ctrl or Cmd", () => {
  assert.deepEqual(press("Enter", { metaKey: true }), ["save"]);
  assert.deepEqual(press("z", { ctrlKey: true }), ["undo"]);
  assert.deepEqual(press("Z", { ctrlKey: true, shiftKey: true }), ["redo"]);
  assert.equal(press("r", { ctrlKey: true }), null);
});

test("no type's key is a key of the page or of the editor", () => {
  for (const key of TYPE_KEYS) assert.equal(commandOf({ key }, { keys: new Map() }), null, key);
  for (const key of "abostu") assert.ok(!TYPE_KEYS.includes(key));
  assert.equal(new Set(TYPE_KEYS).size, TYPE_KEYS.length);
});

test("a search lists types that begin so, then those that hold it, then the new one", () => {
  const names = (search) => choices(["place", "workplace", "firm"], search).map(({ type, made }) => (made ? `+${type}` : type));
  assert.deepEqual(names("PLACE"), ["place", "workplace", "+PLACE"]);
  assert.deepEqual(names("firm"), ["firm"]);
  assert.deepEqual(names(" planet "), ["+planet"]);
  assert.equal(names("").length, 3);
});

test("a new type is one word", () => {
  assert.match(unfit("big city"), /write a type as one word, e\.g\. “big_city”/);
  assert.equal(unfit("都市"), "");
  assert.notEqual(unfit("x".repeat(101)), "");
});

const WORDS = "Ada Byron met Bob in New York".split(" ");
const [FILE, MODEL] = [[[0, 2, "person"], [5, 7, "firm"]], [[0, 2, "person"], [5, 7, "place"]]].map(fromLabel);
const ALL = { model: true, file: true };

test("layers differ in place and words: the file's below, the model's above, changed ones last", () => {
  const lines = linesOf({ spans: [FILE[0], { start: 5, end: 7, type: "planet" }], model: MODEL, file: FILE }, ALL);
  const texts = (word) => Object.fromEntries(Object.entries(lines.get(word)).map(([layer, { text }]) => [layer, text]));
  assert.deepEqual(texts(0), { own: "person", model: "" });
  assert.deepEqual(texts(5), { own: "planet (you)", model: "model: place", file: "file: firm" });
  assert.equal(linesOf({ spans: MODEL, model: MODEL, file: FILE }, ALL).get(5).own.text, "place (model)");
});

test("a layer that is switched off has no lines", () => {
  const lines = linesOf({ spans: [], model: MODEL, file: FILE }, { model: false, file: true });
  assert.deepEqual([...lines.values()].map((line) => Object.keys(line)), Array(4).fill(["file"]));
});

test("a word is drawn again only if its lines look different", () => {
  const of = (spans, chosen) => signature(linesOf({ spans, model: [], file: FILE }, ALL).get(1), chosen);
  assert.equal(of(FILE, null), of([...FILE], null));
  assert.notEqual(of(FILE, null), of(FILE, FILE[0]));
  assert.equal(of(FILE, null), of(FILE, FILE[1]));
});

test("a short word makes room for the name of its type, a long one need not", () => {
  const missing = (words, end, text) => missingWidth(words, { span: { start: 0, end }, text });
  assert.ok(missing(["US"], 1, "organisation") > 5);
  assert.equal(missing(["International", "Business", "Machines"], 3, "organisation"), 0);
  assert.equal(widthOf("東京"), 4);
});

test("screen readers hear which span it is, its words, type and origin; words count from 1", () => {
  assert.equal(spanSentence(WORDS, MODEL, MODEL[1], "model"), "span 2 of 2: New York, place, by the model");
  const heard = wordSentence(WORDS, 6, FILE, MODEL, () => "file");
  assert.equal(heard, "word 7 of 7: York; in span 2 of 2: New York, firm, by the file; the model says New York, place");
});

test("a draft of today has its hour, an older one its date too", () => {
  const then = new Date(2026, 2, 4, 9, 5).getTime();
  assert.equal(clock(then, then + 60_000), "09:05");
  assert.equal(clock(then, then + 86_400_000), "2026-03-04 09:05");
});

test("a save is sent again with the same id until it is stopped", () => {
  const [sent, due] = [[], []];
  const timer = { setTimeout: (act) => due.push(act), clearTimeout: () => due.splice(0) };
  const sending = new Sending((payload) => sent.push(payload), timer);
  sending.start({ client: "x" });
  due.shift()();
  assert.deepEqual(sent, [{ client: "x", sent: 1 }, { client: "x", sent: 2 }]);
  sending.stop();
  assert.equal(due.length, 0);
  assert.equal(sending.client, null);
});
