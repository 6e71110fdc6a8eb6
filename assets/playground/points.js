/* The points on the plane: a class has a colour and a shape; size, outline and lines say what the
   stage is about. */

import { placed, radius } from "./plane.js";

const AROUND = 2 * Math.PI;
const CORNERS = { square: 4, triangle: 3 };
const SHAPES = ["circle", "square", "triangle"];

function shapePath(context, shape, x, y, r) {
  context.beginPath();
  if (shape === "circle") {
    context.arc(x, y, r, 0, AROUND);
    return;
  }
  const corners = CORNERS[shape];
  const turn = shape === "square" ? Math.PI / 4 : -Math.PI / 2;
  const reach = shape === "square" ? 1.25 * r : 1.4 * r; // as large as a circle to the eye
  for (let at = 0; at < corners; at += 1) {
    const angle = turn + (at * AROUND) / corners;
    const next = [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
    if (at === 0) context.moveTo(...next);
    else context.lineTo(...next);
  }
  context.closePath();
}

/* The shape of a class by its name, so that it does not change with the classes there are. */
export function shapeOf(name) {
  return SHAPES["ABC".indexOf(name)] ?? "circle";
}

/* Which points the stage outlines: a set of training points. */
export function outlined(data, stage) {
  return new Set(stage.marked === "seeds" ? data.seeds : data.rows);
}

function drawPoint(context, data, stage, row, look) {
  const [x, y] = placed(data.points.xy[row]);
  const label = data.points.label[row];
  const strong = look.marked.has(row);
  const size = stage.size ? stage.size[row] : 1;
  context.globalAlpha = strong ? 1 : 0.6;
  shapePath(context, shapeOf(data.classes[label]), x, y, radius(size));
  context.fillStyle = data.colours[label];
  context.fill();
  const sign = stage.signed ? stage.signed[row] : null;
  context.lineWidth = strong ? 1.8 : 0.8;
  context.strokeStyle = sign === null ? (strong ? look.ink : look.paper) : data.signed[sign + 1];
  if (sign !== null) context.lineWidth = 3;
  context.stroke();
  if (data.points.wrong.includes(row)) {
    context.globalAlpha = 1;
    context.strokeStyle = look.ink;
    context.lineWidth = 1.4;
    context.beginPath();
    context.moveTo(x - 3, y - 3);
    context.lineTo(x + 3, y + 3);
    context.moveTo(x + 3, y - 3);
    context.lineTo(x - 3, y + 3);
    context.stroke();
  }
}

function drawMeta(context, data, look) {
  data.meta.xy.forEach((place, at) => {
    const [x, y] = placed(place);
    context.globalAlpha = 0.95;
    context.beginPath();
    for (const [dx, dy] of [[0, -7], [7, 0], [0, 7], [-7, 0]]) context.lineTo(x + dx, y + dy);
    context.closePath();
    context.fillStyle = data.colours[data.meta.label[at]];
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = look.ink;
    context.stroke();
  });
}

function drawLinks(context, data, chosen, look) {
  const at = data.seeds.indexOf(chosen);
  if (at < 0) return;
  context.globalAlpha = 0.8;
  context.strokeStyle = look.ink;
  context.lineWidth = 1.2;
  for (const row of data.neighbours[at]) {
    if (row < 0) continue;
    context.beginPath();
    context.moveTo(...placed(data.points.xy[chosen]));
    context.lineTo(...placed(data.points.xy[row]));
    context.stroke();
  }
}

function drawChosen(context, data, chosen, look) {
  if (chosen < 0) return;
  const [x, y] = placed(data.points.xy[chosen]);
  context.globalAlpha = 1;
  context.strokeStyle = look.ink;
  context.lineWidth = 2;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.arc(x, y, 15, 0, AROUND);
  context.stroke();
  context.setLineDash([]);
}

/* All of them, those that the stage is about on top. */
export function drawPoints(context, data, stage, chosen, look) {
  const marked = outlined(data, stage);
  const shown = { ...look, marked };
  const order = data.points.xy.map((_, row) => row);
  order.sort((a, b) => marked.has(a) - marked.has(b));
  if (stage.marked === "seeds") drawLinks(context, data, chosen, look);
  for (const row of order) drawPoint(context, data, stage, row, shown);
  if (stage.marked === "meta") drawMeta(context, data, look);
  drawChosen(context, data, chosen, look);
  context.globalAlpha = 1;
}
