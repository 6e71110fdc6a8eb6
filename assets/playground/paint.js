/* The page's plane while people paint on it: an easel, and no model. Python gets the points when
   they are to be trained on. */

import { SIZE } from "./plane.js";
import { drawCross, drawPainted, easel } from "./easel.js";
import { make } from "./dom.js";

const BOARDS = new WeakMap();

function boardContext(canvas) {
  const scale = Math.min(2, globalThis.devicePixelRatio || 1);
  canvas.width = canvas.height = SIZE * scale;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".playground");
  if (BOARDS.get(root) === data.version) return undefined;
  BOARDS.set(root, data.version);
  const canvas = make("canvas", "plane board");
  canvas.setAttribute("role", "application"); // which hears the arrow keys
  canvas.setAttribute(
    "aria-label",
    "The plane on which points are painted: arrow keys move a cross, Enter paints or erases there",
  );
  canvas.title = "Click, or move a cross by the arrow keys and press Enter";
  const show = (points, cross) => {
    const style = getComputedStyle(root);
    const context = boardContext(canvas);
    drawPainted(context, points, data.colours, style.getPropertyValue("--paper"));
    drawCross(context, cross, style.getPropertyValue("--ink"));
  };
  const { tools, listen } = easel({
    ...data, changed: show, send: (points) => setTriggerValue("points", points),
  });
  listen(canvas);
  root.replaceChildren(tools, canvas);
  show(data.points);
  root.dataset.listens = "true";
  return () => BOARDS.delete(root);
}
