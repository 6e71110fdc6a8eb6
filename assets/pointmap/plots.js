/* The two small drawings beside the player: macro-F1 over the epochs, and the weight curve. */

import { short } from "./numbers.js";

const EDGE = 6; // pixels of air around a line

/** A pen on a canvas as large as it is shown, and [width, height]; null while it is hidden. */
function sheet(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  if (!width || !height) return null;
  const density = globalThis.devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(width * density), height: Math.round(height * density) });
  const pen = canvas.getContext("2d");
  pen.scale(density, density);
  return { pen, width, height };
}

/** Places of values in a box: null where one is not a number, as where an epoch has no score. */
export function path(values, [low, high], width, height) {
  const last = Math.max(1, values.length - 1);
  const span = high - low || 1;
  return values.map((value, i) =>
    value === null ? null : [EDGE + (i / last) * (width - 2 * EDGE), height - EDGE - ((value - low) / span) * (height - 2 * EDGE)],
  );
}

/** The lowest and highest of the values that are numbers. */
export function extent(values) {
  const known = values.filter((value) => value !== null);
  return known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
}

function line(pen, places) {
  pen.beginPath();
  let drawing = false;
  for (const place of places) {
    if (place) pen[drawing ? "lineTo" : "moveTo"](...place);
    drawing = place !== null;
  }
  pen.stroke();
}

function caption(pen, text, look, width) {
  pen.font = `${11 * Math.min(look.scale, 1.3)}px ${look.font}`;
  pen.fillStyle = look.text;
  pen.textBaseline = "top";
  pen.fillText(text, EDGE, 0, width - EDGE);
}

const TITLE = 14; // pixels above a line, for its caption

/** Validation macro-F1 over the epochs, a dot at the one that is shown. */
export function drawScores(canvas, { epochs, scores, at }, look) {
  const now = scores[at] ?? null;
  const text = now === null ? "macro-F1" : `macro-F1 ${now.toFixed(3)}`;
  canvas.setAttribute("aria-label", `Validation ${text}, epoch ${epochs[at]}`);
  const paper = sheet(canvas);
  if (!paper) return;
  const { pen, width, height } = paper;
  caption(pen, text, look, width);
  pen.translate(0, TITLE);
  const places = path(scores, extent(scores), width, height - TITLE);
  pen.strokeStyle = look.accent;
  pen.lineWidth = 1.5;
  line(pen, places);
  if (!places[at]) return;
  pen.fillStyle = look.accent;
  pen.beginPath();
  pen.arc(...places[at], 4, 0, 2 * Math.PI);
  pen.fill();
}

/** The weight over the z-score of the loss; curves of the other epochs are faint. */
export function drawCurve(canvas, { z, weights, at }, look) {
  const ends = `z ${short(z[0])} to ${short(z.at(-1))}`;
  const [low, high] = extent(weights.flat());
  canvas.setAttribute("aria-label", `Weight curve, ${ends}, weights ${short(low)} to ${short(high)}`);
  const paper = sheet(canvas);
  if (!paper) return;
  const { pen, width, height } = paper;
  caption(pen, `weight, ${ends}`, look, width);
  pen.translate(0, TITLE);
  weights.forEach((values, i) => {
    if (i === at) return;
    pen.strokeStyle = look.faint;
    pen.lineWidth = 1;
    line(pen, path(values, [low, high], width, height - TITLE));
  });
  if (!weights[at]) return;
  pen.strokeStyle = look.accent;
  pen.lineWidth = 2;
  line(pen, path(weights[at], [low, high], width, height - TITLE));
}
