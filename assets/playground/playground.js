/* One step on points, stage by stage. Stages are gone through here, without a word to Python; which
   step is computed, and what people painted, are asked of it. */

import { SIZE, drawPlane, nearest } from "./plane.js";
import { drawPoints, shapeOf } from "./points.js";
import { curveDrawing } from "./curve.js";
import { PACES, forward, back, jumped, fitted, played, pointGroups, pointOfLink, taken } from "./state.js";
import { reveal } from "./revealing.js";
import { crossed } from "./popover.js";
import { putPlace } from "./place.js";
import { make, scoreRows, showStages, skeleton } from "./dom.js";

const TYPING = "input, textarea, select, [contenteditable], [role=slider], [role=combobox]";
const PRESSED = "button, summary, a[href], [role=button]"; // Space acts on them by itself
const KEPT = new WeakMap(); // by root element: state and parts, which outlive a run of the script
const ANSWERS = 1500; // ms after which an app at rest is told again
const TIMES = 5; // that it is told again: a page of another time or another link may never agree

const HINTS = {
  batch: "Outlined: points of this batch. Area: the value of this stage.",
  meta: "Diamonds: the meta batch. Blue outline: more weight helps; orange: it harms.",
  seeds: "Outlined: hard seeds. Choose one to see its neighbours. Area: probability of a draw.",
};

function canvasContext(canvas) {
  const scale = Math.min(2, globalThis.devicePixelRatio || 1);
  if (canvas.width !== SIZE * scale) canvas.width = canvas.height = SIZE * scale;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, SIZE, SIZE);
  return context;
}

function lookOf(root) {
  const style = getComputedStyle(root);
  return { ink: style.getPropertyValue("--ink"), paper: style.getPropertyValue("--paper") };
}

function legendParts(data, stage) {
  const found = data.classes.map((name, at) => {
    const mark = make("span", `mark ${shapeOf(name)}`);
    mark.style.background = data.colours[at];
    return make("span", "entry", mark, ` class ${name}`);
  });
  const wrong = data.points.wrong.length ? " ×: the label is wrong." : "";
  return [...found, make("span", "hint", `${HINTS[stage.marked]}${wrong}`)];
}

/* All points, those first that the stage is about: so that keys reach each one that a click does. */
function pointOptions(data, stage, chosen) {
  const group = ({ title, rows }) => {
    const found = make("optgroup", "");
    found.label = title;
    found.append(...rows.map((row) => {
      const option = make("option", "", `${row} (class ${data.classes[data.points.label[row]]})`);
      option.value = String(row);
      option.selected = row === chosen;
      return option;
    }));
    return found;
  };
  return pointGroups(data, stage).map(group);
}

function paint(kept) {
  const { data, state, parts, root } = kept;
  const stage = data.stages[state.stage];
  const look = lookOf(root);
  const context = canvasContext(parts.canvas);
  drawPlane(context, data.planes[stage.plane], data.colours);
  const shown = kept.revealed === null ? data : { ...data, rows: data.rows.slice(0, kept.revealed) };
  drawPoints(context, shown, stage, state.chosen, look);
  parts.canvas.dataset.drawn = shown.rows.length;
  parts.canvas.setAttribute("role", "img");
  parts.canvas.setAttribute(
    "aria-label", `The plane at stage ${stage.title}: what ${data.title} says of each place, and the points`,
  );
  parts.second.hidden = parts.side.hidden = !data.beside;
  if (data.beside) {
    const second = canvasContext(parts.other);
    drawPlane(second, data.beside.plane, data.colours);
    drawPoints(second, data, { ...stage, size: null, signed: null, marked: "batch" }, -1, look);
    parts.other.setAttribute("role", "img");
    parts.other.setAttribute("aria-label", `The plane of ${data.beside.title} after the same step`);
    parts.otherTitle.textContent = data.beside.said;
    parts.scores.replaceChildren(...scoreRows(data.classes, [
      [data.title, data.f1, data.macro_f1], [data.beside.title, data.beside.f1, data.beside.macro_f1],
    ]));
  }
}

const sayPlaying = ({ parts, state }) => {
  parts.play.textContent = state.playing ? "❚❚ Pause" : "▶ Play";
};

function write(kept) {
  const { data, state, parts } = kept;
  const stage = data.stages[state.stage];
  parts.where.textContent =
    `${data.title} · epoch ${data.epoch} · step ${data.within} of ${data.steps} (${data.step} of ` +
    `${data.last}) · macro-F1 ${data.macro_f1.toFixed(3)}`;
  showStages(parts.stages, data.stages, state.stage, (at) => go(kept, { ...taken(kept.state), stage: at }));
  parts.title.textContent = `${state.stage + 1}. ${stage.title}`;
  parts.equation.innerHTML = stage.equation;
  parts.why.textContent = stage.why;
  parts.general.textContent = stage.general;
  parts.point.replaceChildren(...pointOptions(data, stage, state.chosen));
  parts.numbers.textContent =
    stage.numbers[String(state.chosen)] ?? "This point is not in the batch of this step.";
  parts.legend.replaceChildren(...legendParts(data, stage));
  const curve = stage.curve && data.curves;
  parts.drawing.replaceChildren(
    ...(curve ? [curveDrawing(data.curves, stage.curve, state.chosen)] : []),
    ...(curve && stage.curve === "both" ? [make("p", "caption", "Dashed: before the meta step. Line: after it.")] : []),
  );
  kept.root.classList.toggle("presented", Boolean(data.presented));
  kept.root.classList.toggle("compares", Boolean(data.beside));
  kept.root.classList.toggle("together", Boolean(data.beside) && state.together);
  parts.side.setAttribute("aria-pressed", String(state.together));
  sayPlaying(kept);
  const { together } = state;
  kept.place = { step: data.step, stage: state.stage, point: pointOfLink(state, data), together };
  paint(kept);
}

/* Take over a changed state: ask for a step where it wants another one. */
function go(kept, change) {
  clearTimeout(kept.playing); // the move that was to come next was from the state before
  const { together } = kept.state;
  kept.state = { ...kept.state, ...change };
  noteTogether(kept, together);
  const { ask } = kept.state;
  if (ask !== null && ask !== undefined && ask !== kept.asked) {
    kept.asked = ask;
    tell(kept, "step", () => kept.setTriggerValue("step", ask), () => kept.state.ask !== ask);
    return;
  }
  if (ask === null || ask === undefined) {
    write(kept);
    note(kept);
  }
  schedule(kept);
}

/* Tell Python something, and again where the app has come to rest without having heard it: what is
   said just as a page has been drawn can get lost, and a lost step would leave all keys unheard. */
function tell(kept, what, say, isHeard, times = TIMES) {
  say();
  clearTimeout(kept.waits[what]);
  const look = () => {
    if (KEPT.get(kept.root) !== kept || isHeard() || times === 0) return;
    const app = document.querySelector("[data-testid=stApp]");
    if (app?.dataset.testScriptState === "running") kept.waits[what] = setTimeout(look, ANSWERS);
    else tell(kept, what, say, isHeard, times - 1);
  };
  kept.waits[what] = setTimeout(look, ANSWERS);
}

/* Tell Python which stage and which point are shown, once they have been for a moment: they go into
   the link. */
function note(kept) {
  clearTimeout(kept.noting);
  kept.noting = setTimeout(() => {
    if (kept.state.playing) return;
    noteOne(kept, "stage", kept.state.stage);
    noteOne(kept, "point", pointOfLink(kept.state, kept.data));
  }, 700);
}

function noteOne(kept, what, value) {
  if (kept.noted[what] === value) return;
  kept.noted[what] = value;
  const isHeard = () => kept.data[what] === value || kept.noted[what] !== value;
  tell(kept, what, () => kept.setStateValue(what, value), isHeard);
}

/* The same of whether the two methods are side by side. */
function noteTogether(kept, before) {
  const { together } = kept.state;
  if (before === together) return;
  const isHeard = () => kept.data.together === together || kept.state.together !== together;
  tell(kept, "together", () => kept.setStateValue("together", together), isHeard);
}

function schedule(kept) {
  clearTimeout(kept.playing);
  if (!kept.state.playing) return;
  kept.playing = setTimeout(
    () => go(kept, played(kept.state, kept.data)), PACES[kept.state.playing],
  );
}

function press(kept, key, shift) {
  const { data } = kept;
  if (key === " ") return { ...kept.state, playing: kept.parts.pace.value };
  const state = taken(kept.state);
  if ((key === "ArrowRight" && shift)) return jumped(state, data, 1);
  if ((key === "ArrowLeft" && shift)) return jumped(state, data, -1);
  if (key === "ArrowRight" || key === "PageDown") return forward(state, data);
  if (key === "ArrowLeft" || key === "PageUp") return back(state, data);
  if (key.toLowerCase() === "c" && data.beside) return { ...state, together: !state.together };
  const number = Number(key);
  if (number >= 1 && number <= data.stages.length) return { ...state, stage: number - 1 };
  return null;
}

/* Stop playing. That is heard also while a step is awaited, as most of the time is when whole steps are
   played. */
function pause(kept) {
  clearTimeout(kept.playing);
  kept.state = { ...kept.state, playing: "" };
  sayPlaying(kept);
  note(kept);
}

function listen(kept) {
  const { parts } = kept;
  const act = (next) => {
    if (kept.state.ask === null) go(kept, next());
  };
  parts.back.onclick = () => act(() => ({ ...back(kept.state, kept.data), playing: "" }));
  parts.forward.onclick = () => act(() => ({ ...forward(kept.state, kept.data), playing: "" }));
  parts.step.onclick = () => act(() => jumped(taken(kept.state), kept.data, 1));
  parts.epoch.onclick = () => act(() => jumped(taken(kept.state), kept.data, kept.data.steps));
  parts.play.onclick = () => (kept.state.playing ? pause(kept) : act(() => press(kept, " ", false)));
  parts.side.onclick = () => act(() => press(kept, "c", false));
  parts.pace.onchange = () => {
    if (kept.state.playing) go(kept, { playing: parts.pace.value });
  };
  parts.point.onchange = () => act(() => ({ ...taken(kept.state), chosen: Number(parts.point.value) }));
  parts.canvas.onclick = (event) => {
    const box = parts.canvas.getBoundingClientRect();
    const left = ((event.clientX - box.left) / box.width) * SIZE;
    const top = ((event.clientY - box.top) / box.height) * SIZE;
    const row = nearest(kept.data.points.xy, left, top);
    if (row >= 0) act(() => ({ ...taken(kept.state), chosen: row }));
  };
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (crossed(event)) return;
    const [first] = event.composedPath();
    if (first.closest?.(TYPING) || (event.key === " " && first.closest?.(PRESSED))) return;
    if (event.key === " " && kept.state.playing) {
      event.preventDefault();
      pause(kept);
      return;
    }
    const next = kept.state.ask === null ? press(kept, event.key, event.shiftKey) : null;
    if (!next) return;
    event.preventDefault();
    go(kept, next);
  };
  const onLink = ({ detail }) => putPlace(detail.searchParams, kept.place);
  document.addEventListener("keydown", onKey);
  window.addEventListener("hamr-link", onLink); // of assets/presenter
  kept.end = () => {
    document.removeEventListener("keydown", onKey);
    window.removeEventListener("hamr-link", onLink);
    for (const timer of [kept.playing, kept.noting, ...Object.values(kept.waits)]) clearTimeout(timer);
  };
  kept.root.dataset.listens = "true";
}

function first(root) {
  const kept = {
    root, parts: skeleton(root), asked: null, noted: {}, revealed: null, waits: {},
    state: { stage: 0, chosen: -1, playing: "", together: false, ask: null },
  };
  KEPT.set(root, kept);
  return kept;
}

/* Draw the first batch point by point, unless somebody acts or the next stage has come. */
function begin(kept) {
  const first = () => kept.state.playing === "once" && kept.state.stage === 0 && KEPT.has(kept.root);
  reveal(kept.data.rows.length, first, (count) => {
    kept.revealed = count < kept.data.rows.length ? count : null;
    if (KEPT.has(kept.root)) paint(kept);
  });
}

export default function ({ data: [data], parentElement, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".playground");
  const isNew = !KEPT.has(root);
  const kept = isNew ? first(root) : KEPT.get(root);
  Object.assign(kept, { data, setTriggerValue, setStateValue, asked: null });
  const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
  const playing = data.begins && !still ? "once" : "";
  const opened = isNew || kept.opened !== data.opened; // an exercise begins at a stage of its own
  kept.opened = data.opened;
  const asked = { stage: data.stage, chosen: data.point, playing, together: data.together };
  kept.state = fitted(opened ? { ...kept.state, ...asked } : kept.state, data);
  if (opened) kept.noted = { stage: data.stage, point: data.point }; // the link has them
  if (isNew) listen(kept);
  write(kept);
  if (isNew && playing) begin(kept);
  note(kept);
  schedule(kept);
  const drawn = (kept.drawn = (kept.drawn ?? 0) + 1);
  return () => {
    if (kept.drawn !== drawn) return; // it was drawn again meanwhile, and goes on listening
    kept.end();
    KEPT.delete(root);
  };
}
