/* What is drawn with a 2D canvas above the points: axes and the lasso. */

import { short, ticks } from "./numbers.js";

const TICK_PIXELS = 70; // about one tick per so many pixels

/** Room for ticks and titles, pixels. */
export function margins(axes) {
  return axes
    ? { left: 62, right: 12, top: 10, bottom: 46 }
    : { left: 0, right: 0, top: 0, bottom: 0 };
}

/** Frame, ticks and titles of two axes. */
export function drawAxes(pen, view, axes, look) {
  const [left, top, width, height] = view.plot;
  const [x0, y0] = view.toData(...view.toUnit(left, top + height));
  const [x1, y1] = view.toData(...view.toUnit(left + width, top));
  const [bx0, bx1, by0, by1] = view.bounds;
  pen.font = `${12 * Math.min(look.scale, 1.4)}px ${look.font}`;
  pen.fillStyle = look.text;
  pen.strokeStyle = look.faint;
  pen.lineWidth = 1;
  pen.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const value of ticks(x0, x1, width / TICK_PIXELS)) {
    const [px] = view.toPixel((value - bx0) / (bx1 - bx0 || 1), 0);
    rule(pen, px, top, px, top + height);
    pen.fillText(short(value), px, top + height + 6);
  }
  pen.fillText(axes[0].title, left + width / 2, top + height + 26, width);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const value of ticks(y0, y1, height / TICK_PIXELS)) {
    const [, py] = view.toPixel(0, (value - by0) / (by1 - by0 || 1));
    rule(pen, left, py, left + width, py);
    pen.fillText(short(value), left - 6, py);
  }
  pen.save();
  pen.translate(12, top + height / 2);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "center";
  pen.fillText(axes[1].title, 0, 0, height);
  pen.restore();
}

function rule(pen, x0, y0, x1, y1) {
  pen.save();
  pen.globalAlpha = 0.4;
  pen.beginPath();
  pen.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  pen.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  pen.stroke();
  pen.restore();
}

/** `corners` in unit coordinates; closed unless it is still being drawn. */
export function drawLasso(pen, view, corners, look, closed) {
  if (corners.length < 2) return;
  const [left, top, width, height] = view.plot;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.beginPath();
  corners.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](...view.toPixel(x, y)));
  if (closed) pen.closePath();
  pen.strokeStyle = look.accent;
  pen.fillStyle = look.accent;
  pen.lineWidth = 2;
  pen.setLineDash(closed ? [] : [6, 4]);
  pen.stroke();
  pen.globalAlpha = 0.08;
  pen.fill("evenodd");
  pen.restore();
}
