import assert from "node:assert/strict";
import test from "node:test";

import { Drafts, newClient, readDraft } from "../../assets/spaneditor/drafts.js";
import { foundDraft } from "../../assets/spaneditor/restoring.js";

/** Like localStorage; full after `most` characters. */
class FakeStorage {
  constructor(most = Infinity) {
    this.kept = new Map();
    this.most = most;
  }
  get length() {
    return this.kept.size;
  }
  key(i) {
    return [...this.kept.keys()][i];
  }
  getItem(key) {
    return this.kept.get(key) ?? null;
  }
  setItem(key, text) {
    if (text.length > this.most) throw new Error("full");
    this.kept.set(key, text);
  }
  removeItem(key) {
    this.kept.delete(key);
  }
}

const about = (changed = {}) => ({ fingerprint: "f", row: "train:1", annotator: "ada", base: 3, ...changed });
const draft = (changed = {}) => ({ about: about(), from: [[0, 1, "a"]], label: [[0, 2, "a"]], client: "c", time: 1, session: "s", sent: false, ...changed });
const page = (changed = {}) => ({ about: about(), current: [[0, 1, "a"]], clients: [], session: "s", ...changed });

function holding(...drafts) {
  const found = new Drafts(new FakeStorage());
  for (const one of drafts) found.keep(one);
  return found;
}

test("a draft is found by row, annotator and data set, whatever version it is of", () => {
  const drafts = holding(draft(), draft({ about: about({ base: 1 }), time: 9 }), draft({ about: about({ row: "train:10" }) }), draft({ about: about({ annotator: "bob" }) }));
  assert.deepEqual(drafts.of(about()).map((one) => one.about.base), [1, 3]);
});

test("a draft goes on where the row is as it was", () => {
  assert.equal(foundDraft(holding(draft()), page()).how, "resume");
});

test("a draft goes on after a skip, which makes another version of the same label", () => {
  assert.equal(foundDraft(holding(draft()), page({ about: about({ base: 5 }) })).how, "resume");
});

test("a draft and a row that has changed since are both shown", () => {
  const changed = page({ about: about({ base: 5 }), current: [[1, 2, "b"]] });
  assert.equal(foundDraft(holding(draft()), changed).how, "ask");
});

test("a draft that is saved already is dropped: its id is known, or the row has its label", () => {
  for (const now of [page({ clients: ["c"] }), page({ about: about({ base: 5 }), current: [[0, 2, "a"]] })]) {
    const drafts = holding(draft());
    assert.equal(foundDraft(drafts, now), null);
    assert.equal(drafts.storage.length, 0);
  }
});

test("a save whose answer was lost with the server is sent again, an accepted label too", () => {
  assert.equal(foundDraft(holding(draft({ sent: true })), page({ session: "new" })).how, "resend");
  const accepted = draft({ sent: true, label: [[0, 1, "a"]] });
  assert.equal(foundDraft(holding(accepted), page({ session: "new" })).how, "resend");
  assert.equal(foundDraft(holding(draft({ sent: true })), page()).how, "resume");
});

test("what was saved is forgotten by its id, and nothing else is", () => {
  const drafts = holding(draft(), draft({ about: about({ row: "train:2" }), client: "d" }));
  drafts.settle(["c", "?"]);
  assert.deepEqual(drafts.matching("hamr.draft|").map((one) => one.client), ["d"]);
});

test("where the browser keeps nothing, drafts say so and nothing breaks", () => {
  const full = new Drafts(new FakeStorage(10));
  assert.equal(full.keep(draft()), false);
  const none = new Drafts(null);
  assert.equal(none.keep(draft()), false);
  none.drop(about());
  assert.deepEqual(none.of(about()), []);
});

test("what is no draft is left alone", () => {
  for (const text of ["", "{", "null", "[]", '{"label": 1}']) assert.equal(readDraft(text), null);
});

test("ids differ", () => {
  assert.match(newClient(), /^[0-9a-f]{32}$/);
  assert.notEqual(newClient(), newClient());
});
