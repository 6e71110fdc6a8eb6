/* The tools of painting, and what they do to the canvas; nothing is trained on while they are up. */

import { SIZE, placed, unplaced } from "./plane.js";
import { painted, erased, sprinkled, MOST } from "./painting.js";
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

/* Tools for a list of points; `changed` hears of each change, `send` of the wish to train. */
export function easel({ classes, colours, points, changed, send }) {
  const own = { label: 0, points, before: [], stroke: null };
  const tools = make("div", "tools");
  const set = (next) => {
    if (next === own.points) return;
    own.before.push(own.points);
    own.points = next;
    changed(next);
    draw();
  };
  const undo = () => {
    if (!own.before.length) return;
    own.points = own.before.pop();
    changed(own.points);
    draw();
  };
  function draw() {
    const picks = classes.map((name, at) => {
      const found = toolButton(`Class ${name}`, `Paint points of class ${name}`, () => {
        own.label = at;
        draw();
      });
      found.style.borderBottom = `4px solid ${colours[at]}`;
      found.setAttribute("aria-pressed", String(own.label === at));
      return found;
    });
    const eraser = toolButton("Eraser", "Remove points around the pointer", () => {
      own.label = ERASER;
      draw();
    });
    eraser.setAttribute("aria-pressed", String(own.label === ERASER));
    const more = toolButton("Add 10", "Add ten points of the chosen class", () => {
      if (own.label !== ERASER) set(sprinkled(own.points, own.label));
    });
    const back = toolButton("Undo", "Take back the last change", undo);
    back.disabled = !own.before.length;
    const clear = toolButton("Clear", "Remove all points", () => set([]));
    const train = toolButton("Train on these points", "Train on them from the first step", () => send(own.points));
    train.classList.add("wide");
    train.disabled = !own.points.length;
    const count = make("span", "caption", `${own.points.length} of at most ${MOST} points`);
    tools.replaceChildren(...picks, eraser, more, back, clear, train, count);
  }
  const act = (canvas, event) => {
    const [left, top] = pointerAt(canvas, event);
    if (own.label === ERASER) set(erased(own.points, left, top));
    else {
      const place = unplaced(left, top);
      const next = painted(own.points, place, own.label, own.stroke);
      if (next !== own.points) own.stroke = place;
      set(next);
    }
  };
  const listen = (canvas) => {
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      own.stroke = null;
      act(canvas, event);
    };
    canvas.onpointermove = (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) act(canvas, event);
    };
  };
  draw();
  return { tools, listen };
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
