import assert from "node:assert/strict";
import { test } from "node:test";
import { back, fitted, forward, hardestOf, jumped, played, pointGroups, pointOfLink, taken } from "../../assets/playground/state.js";
import { putPlace } from "../../assets/playground/place.js";
import { erased, movedCross } from "../../assets/playground/painting.js";
import { REVEAL, revealed } from "../../assets/playground/revealing.js";
import { nearest, pixels, placed, radius, unplaced } from "../../assets/playground/plane.js";

const stages = ["draw", "loss", "next"].map((key) => ({ key, size: [1, 3, 2] }));
const data = { stages, step: 4, last: 9, steps: 3, rows: [0, 2], points: { xy: [[0, 0], [1, 1], [-1, 0]] } };
const state = { stage: 0, chosen: 1, playing: "", ask: null };

test("forward goes through the stages, then asks for the next step", () => {
  assert.equal(forward(state, data).stage, 1);
  const next = forward({ ...state, stage: 2 }, data);
  assert.deepEqual([next.stage, next.ask], [0, 5]);
});

test("forward from the last stage of the last step stops playing and asks for nothing", () => {
  const end = forward({ ...state, stage: 2, playing: "stages" }, { ...data, step: 9 });
  assert.deepEqual([end.playing, end.ask], ["", null]);
});

test("back from the first stage asks for the step before and shows its last stage", () => {
  const before = back(state, data);
  assert.equal(before.ask, 3);
  assert.equal(fitted(before, { ...data, step: 3 }).stage, 2);
});

test("back from the first stage of the first step stays there", () => {
  assert.deepEqual(back(state, { ...data, step: 1 }), state);
});

test("a jump keeps the stage and stays within the run", () => {
  assert.equal(jumped({ ...state, stage: 1 }, data, 3).ask, 7);
  assert.equal(jumped(state, data, 300).ask, 9);
  assert.equal(jumped(state, data, -300).ask, 1);
});

test("playing epochs asks for the step an epoch later", () => {
  assert.equal(played({ ...state, playing: "epochs" }, data).ask, 7);
});

test("a point that the data lacks gives way to the hardest of the batch", () => {
  assert.equal(fitted({ ...state, chosen: 8 }, data).chosen, 2);
  assert.equal(hardestOf(data), 2);
  assert.equal(fitted(state, data).chosen, 1);
});

test("the link has the chosen point where it is not the one that is chosen anyway", () => {
  assert.equal(pointOfLink({ ...state, chosen: 1 }, data), 1);
  assert.equal(pointOfLink({ ...state, chosen: hardestOf(data) }, data), -1);
});

test("all points can be chosen, those that the stage is about first", () => {
  assert.deepEqual(pointGroups(data, { marked: "batch" }).map(({ rows }) => rows), [[0, 2], [1]]);
  assert.deepEqual(pointGroups({ ...data, seeds: [1] }, { marked: "seeds" })[0].rows, [1]);
});

test("a copied link has the place on screen, whatever the address has", () => {
  const parts = new URLSearchParams("present=1&stage=2&step=4&point=7&side=1");
  putPlace(parts, { step: 5, stage: 4, point: 3, together: true });
  assert.equal(parts.toString(), "present=1&stage=5&step=5&point=3&side=1");
});

test("a copied link of the first stage says so, so that it does not begin to play", () => {
  const parts = new URLSearchParams("step=4&point=7&side=1");
  putPlace(parts, { step: 1, stage: 0, point: -1, together: false });
  assert.equal(parts.toString(), "stage=1");
});

test("arrow keys move the cross of painting, within the plane", () => {
  assert.deepEqual(movedCross([0, 0], "ArrowUp", false), [0, 0.05]);
  assert.deepEqual(movedCross([1, 0], "ArrowRight", true), [1, 0]);
  assert.equal(movedCross([0, 0], "a", false), null);
});

test("where there is nothing to erase there is nothing to undo", () => {
  const points = [[0, 0, 1]];
  assert.equal(erased(points, ...placed([0.9, 0.9])), points);
  assert.deepEqual(erased(points, ...placed([0, 0])), []);
});

test("a place of the plane is found again on the canvas", () => {
  for (const place of [[0, 0], [-1, 1], [0.25, -0.75]]) {
    const [x, y] = unplaced(...placed(place));
    assert.ok(Math.abs(x - place[0]) < 1e-9 && Math.abs(y - place[1]) < 1e-9);
  }
});

test("a click far from every point chooses none", () => {
  const xy = [[0, 0]];
  const [left, top] = placed([0, 0]);
  assert.equal(nearest(xy, left + 5, top), 0);
  assert.equal(nearest(xy, left + 60, top), -1);
});

test("the first row of a plane is its lowest, and a sure place is stronger than an unsure one", () => {
  const sure = [255, 0];
  const unsure = [128, 127];
  const bytes = Uint8Array.from([...sure, ...sure, ...unsure, ...unsure]);
  const { side, data: found } = pixels(bytes, ["#ff0000", "#0000ff"]);
  assert.equal(side, 2);
  assert.ok(found[3] < found[11], "the top row of the picture is the unsure one");
  assert.equal(found[8], 255);
});

test("a point's area follows its value, and a point without one is small", () => {
  assert.ok(Math.abs(radius(4) / radius(1) - 2) < 1e-9);
  assert.ok(radius(null) < radius(1));
});

test("what the page begins by itself shows one step's stages and then stops", () => {
  const begun = { ...state, playing: "once" };
  assert.equal(played(begun, data).stage, 1);
  assert.equal(played(begun, data).playing, "once");
  const end = played({ ...begun, stage: 2 }, data);
  assert.deepEqual([end.stage, end.playing, end.ask], [2, "", null]);
});

test("what the page began by itself ends with the first act, and what was asked for does not", () => {
  assert.equal(taken({ ...state, playing: "once" }).playing, "");
  assert.equal(taken({ ...state, playing: "steps" }).playing, "steps");
});

test("the batch is drawn point by point, and whole at the end", () => {
  assert.deepEqual([0, REVEAL / 2, REVEAL, 2 * REVEAL].map((at) => revealed(30, at)), [1, 15, 30, 30]);
});
