import assert from "node:assert/strict";
import test from "node:test";

import { keeps, leaves } from "../../assets/keyboard/focus.js";
import { keyNames } from "../../assets/keyboard/names.js";
import { MOST_WAITING, Presses } from "../../assets/keyboard/presses.js";

const KEYS = {
  a: { target: "accept", of_row: true, label: "accept" },
  u: { target: "unsure", of_row: true, label: "unsure" },
  z: { target: "undo", of_row: false, label: "undo" },
  o: { target: "box", of_row: true, field: true, label: "search" },
};

/** Presses on a page that notes what is done; `now()` lets waiting time pass. */
function page({ works = true } = {}) {
  const done = [];
  let later = [];
  const hands = {
    press: (target) => works && done.push(target) > 0,
    focus: (target) => done.push(`focus ${target}`) > 0,
    type: (text) => text && done.push(`type ${text}`),
    say: (sentence) => sentence && done.push(sentence),
    later: (_, what) => {
      later.push(what);
      return () => (later = later.filter((one) => one !== what));
    },
  };
  const presses = new Presses(hands);
  presses.configure({ row: "1", keys: KEYS });
  return { presses, done, now: () => later.splice(0).forEach((what) => what()) };
}

test("a key presses its button once", () => {
  const { presses, done } = page();
  assert.equal(presses.down(["a"]), true);
  assert.deepEqual(done, ["accept"]);
});

test("a key that nothing is bound to is left to the page", () => {
  assert.equal(page().presses.down(["q"], "q"), false);
});

test("a second press before the next row is shown decides on no row, and says so", () => {
  const { presses, done } = page();
  presses.down(["a"]);
  presses.down(["a"]);
  presses.running(true);
  presses.configure({ row: "2", keys: KEYS });
  assert.equal(done.length, 2);
  assert.match(done[1], /^A was pressed before this row was shown/);
});

test("a key pressed while the page is drawn again is used if its row stays", () => {
  const { presses, done } = page();
  presses.running(true);
  presses.down(["u"]);
  assert.deepEqual(done, []);
  presses.configure({ row: "1", keys: KEYS });
  assert.deepEqual(done, ["unsure"]);
});

test("a script that sends no row gives the keys back after its end", () => {
  const { presses, done, now } = page();
  presses.running(true);
  presses.down(["u"]);
  presses.running(false);
  now();
  assert.deepEqual(done, ["unsure"]);
});

test("undo belongs to no row, and presses of it keep their order and number", () => {
  const { presses, done } = page();
  presses.down(["a"]);
  presses.down(["z"]);
  presses.down(["z"]);
  presses.running(true);
  presses.configure({ row: "2", keys: KEYS });
  assert.deepEqual(done, ["accept", "undo"]);
  presses.running(true);
  presses.configure({ row: "1", keys: KEYS });
  assert.deepEqual(done, ["accept", "undo", "undo"]);
});

test("letters typed after the key of a field go into the field", () => {
  const { presses, done } = page();
  presses.running(true);
  presses.down(["o"], "o");
  presses.down(["a"], "a");
  presses.down(["q"], "q");
  presses.configure({ row: "1", keys: KEYS });
  assert.deepEqual(done, ["focus box", "type aq"]);
});

test("no more keys wait than a person can mean", () => {
  const { presses, done } = page();
  presses.running(true);
  for (let number = 0; number <= MOST_WAITING; number += 1) presses.down(["z"]);
  assert.match(done[0], /still busy/);
});

test("a button that can't be pressed is named", () => {
  const { presses, done } = page({ works: false });
  presses.down(["a"]);
  assert.deepEqual(done, ["A (accept) can't be used now."]);
});

test("a press without an answer does not block the keys for good", () => {
  const { presses, done, now } = page();
  presses.down(["a"]);
  now();
  presses.down(["u"]);
  assert.deepEqual(done, ["accept", "unsure"]);
});

test("keys have names whatever the keyboard writes", () => {
  assert.deepEqual(keyNames({ key: "A", code: "KeyA" }), ["a"]); // Caps Lock
  assert.deepEqual(keyNames({ key: "ф", code: "KeyA" }), ["ф", "a"]);
  assert.deepEqual(keyNames({ key: "&", code: "Digit1" }), ["&", "1"]);
  assert.deepEqual(keyNames({ key: "?", code: "Slash", shiftKey: true }), ["?"]);
  assert.deepEqual(keyNames({ key: "Z", code: "KeyZ", ctrlKey: true, shiftKey: true }), ["Mod+Shift+z"]);
  assert.deepEqual(keyNames({ key: "A", code: "KeyA", shiftKey: true }), []);
  assert.deepEqual(keyNames({ key: "a", code: "KeyA", altKey: true }), []);
});

const element = (tagName, more = {}) => ({ tagName, dataset: {}, getAttribute: () => null, ...more });

test("fields and elements with keys of their own keep them, what a mouse clicked does not", () => {
  assert.equal(keeps([element("INPUT", { type: "text" })], "a", false), true);
  assert.equal(keeps([element("SPAN"), element("DIV", { dataset: { hamrKeys: "own" } })], "a", false), true);
  assert.equal(keeps([element("BUTTON")], "Enter", false), false);
  assert.equal(keeps([element("BUTTON")], "Enter", true), true);
  assert.equal(keeps([element("BUTTON")], "a", true), false);
});

test("a field gives the focus back after Enter and Escape, a text of many lines after Ctrl+Enter", () => {
  assert.equal(leaves(element("INPUT"), { key: "Enter" }), true);
  assert.equal(leaves(element("INPUT"), { key: "a" }), false);
  assert.equal(leaves(element("TEXTAREA"), { key: "Enter" }), false);
  assert.equal(leaves(element("TEXTAREA"), { key: "Enter", ctrlKey: true }), true);
  assert.equal(leaves(element("TEXTAREA"), { key: "Escape" }), true);
});
