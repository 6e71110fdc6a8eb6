/* The tools of painting, and what they do to the canvas; nothing is trained on while they are up. */

import { SIZE, placed, unplaced } from "./plane.js";
import { MIDDLE, MOST, erased, movedCross, painted, sprinkled } from "./painting.js";
import { make } from "./dom.js";

const ERASER = -1;

/* The place of a pointer on the canvas, in its own pixels. */
export function pointerAt(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [
    ((event.clientX - box.left) / box.width) * SIZE,
    ((event.clientY - box.top) / box.height) * SIZE,
  ];
}

function toolButton(text, said, act) {
  const found = make("button", "tool", text);
  found.type = "button";
  found.title = said;
  found.onclick = act;
  return found;
}

/* The tools, made once so that the focus stays on them; `own` is written into them by `draw`. */
function toolsOf(classes, colours, own, { choose, more, undo, clear, train }) {
  const picks = classes.map((name, at) => {
    const found = toolButton(`Class ${name}`, `Paint points of class ${name}`, () => choose(at));
    found.style.borderBottom = `4px solid ${colours[at]}`;
    return found;
  });
  const eraser = toolButton("Eraser", "Remove points around the pointer", () => choose(ERASER));
  const ten = toolButton("Add 10", "Add ten points of the chosen class", more);
  const back = toolButton("Undo", "Take back the last change", undo);
  const all = toolButton("Clear", "Remove all points", clear);
  const send = toolButton("Train on these points", "Train on them from the first step", train);
  send.classList.add("wide");
  const count = make("span", "caption");
  count.setAttribute("role", "status");
  const draw = () => {
    picks.forEach((one, at) => one.setAttribute("aria-pressed", String(own.label === at)));
    eraser.setAttribute("aria-pressed", String(own.label === ERASER));
    setOff(ten, own.label === ERASER);
    setOff(back, !own.before.length);
    setOff(send, !own.points.length);
    count.textContent = `${own.points.length} of at most ${MOST} points`;
  };
  return { tools: make("div", "tools", ...picks, eraser, ten, back, all, send, count), draw };
}

/* Said to be off instead of disabled: the focus would be lost with the last change that is undone. */
const setOff = (button, off) => button.setAttribute("aria-disabled", String(off));

/* The keys of the board: arrows move a cross, Enter or Space paints or erases below it. */
function listenToKeys(canvas, own, { act, show }) {
  canvas.tabIndex = 0;
  canvas.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const paints = event.key === "Enter" || event.key === " ";
    const place = movedCross(own.cross ?? MIDDLE, event.key, event.shiftKey);
    if (!paints && !place) return;
    event.preventDefault();
    own.cross = place ?? own.cross ?? MIDDLE;
    own.stroke = null;
    if (paints) act(...placed(own.cross));
    show();
  };
  canvas.onfocus = () => {
    if (canvas.matches(":focus-visible")) own.cross ??= MIDDLE;
    show();
  };
  canvas.onblur = () => {
    own.cross = null;
    show();
  };
}

/* Tools for a list of points; `changed` hears of each change and of where the cross of the keys is,
   `send` of the wish to train. */
export function easel({ classes, colours, points, changed, send }) {
  const own = { label: 0, points, before: [], stroke: null, cross: null };
  const show = () => {
    changed(own.points, own.cross);
    draw();
  };
  const set = (next) => {
    if (next === own.points) return;
    own.before.push(own.points);
    own.points = next;
    show();
  };
  const choose = (label) => {
    own.label = label;
    draw();
  };
  const more = () => own.label !== ERASER && set(sprinkled(own.points, own.label));
  const undo = () => {
    if (!own.before.length) return;
    own.points = own.before.pop();
    show();
  };
  const train = () => own.points.length && send(own.points);
  const { tools, draw } = toolsOf(classes, colours, own, { choose, more, undo, clear: () => set([]), train });
  const act = (left, top) => {
    if (own.label === ERASER) set(erased(own.points, left, top));
    else {
      const place = unplaced(left, top);
      const next = painted(own.points, place, own.label, own.stroke);
      if (next !== own.points) own.stroke = place;
      set(next);
    }
  };
  const listen = (canvas) => {
    listenToKeys(canvas, own, { act, show });
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      own.stroke = own.cross = null;
      act(...pointerAt(canvas, event));
    };
    canvas.onpointermove = (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) act(...pointerAt(canvas, event));
    };
  };
  draw();
  return { tools, listen };
}

/* The cross of the keys, on top of the points. */
export function drawCross(context, cross, ink) {
  if (!cross) return;
  const [left, top] = placed(cross);
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  for (const [across, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(left + 3 * across, top + 3 * down);
    context.lineTo(left + 12 * across, top + 12 * down);
  }
  context.stroke();
}

export function drawPainted(context, points, colours, paper) {
  for (const [x, y, label] of points) {
    const [left, top] = placed([x, y]);
    context.beginPath();
    context.arc(left, top, 4.2, 0, 2 * Math.PI);
    context.fillStyle = colours[label];
    context.fill();
    context.strokeStyle = paper;
    context.stroke();
  }
}
