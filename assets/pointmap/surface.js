/* What a map is drawn on: the graphics card or a flat canvas, the colours of the theme, a frame. */

import { FlatPainter } from "./flat.js";
import { drawAxes, drawLasso } from "./frame.js";
import { upload } from "./intake.js";
import { corners } from "./lasso.js";
import { drawNames } from "./names.js";
import { Painter } from "./painter.js";

const NO_WEBGL = "Drawn without WebGL2, which this browser does not offer: the map is slower than elsewhere.";

export function startPainter(map) {
  map.message.classList.remove("note");
  try {
    map.painter = new Painter(map.canvas);
    say(map, null);
  } catch (error) {
    const flat = error.message === "no WebGL2";
    map.painter = flat ? new FlatPainter(map.canvas) : null;
    map.message.classList.toggle("note", flat);
    say(map, flat ? NO_WEBGL : `The map can't be drawn: ${error.message}`);
  }
}

function say(map, sentence) {
  map.message.hidden = sentence === null;
  map.message.textContent = sentence ?? "";
}

/** A graphics card may drop what it draws, and gives it back later. */
export function watchContext(map) {
  const options = { signal: map.listeners.signal };
  map.canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault(); // or the browser would not give it back
    map.painter = null;
    if (!options.signal.aborted) say(map, "The graphics card dropped the map. It comes back by itself.");
  }, options);
  map.canvas.addEventListener("webglcontextrestored", () => {
    startPainter(map);
    for (const part of Object.keys(map.parts)) upload(map, part);
    map.repaint();
  }, options);
}

/** The colours and the font of the page round `root`. */
export function lookOf(root) {
  const style = getComputedStyle(root);
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? ["128", "128", "128"]).slice(0, 3).map(Number);
  return {
    text: style.color,
    ink: channels(style.color).map((channel) => channel / 255),
    faint: style.borderTopColor,
    accent: style.outlineColor,
    background: style.backgroundColor,
    paper: channels(style.backgroundColor).map((channel) => channel / 255),
    font: style.fontFamily,
    // Letters grow with the page's: it is larger while it is shown to an audience.
    scale: (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16,
  };
}

/** Give all canvases the size of the stage; whether it has one. */
export function fit(map) {
  const { width, height } = map.stage.getBoundingClientRect();
  if (!width || !height) return false;
  map.density = globalThis.devicePixelRatio || 1;
  for (const canvas of [map.canvas, map.signs, map.surface]) {
    canvas.width = Math.round(width * map.density);
    canvas.height = Math.round(height * map.density);
  }
  map.view.size = [width, height];
  return true;
}

/** Draw a frame. */
export function paintFrame(map, pointsToo) {
  const { config, view, look, parts } = map;
  if (!config || !map.density) return;
  const { points, style, marks } = parts;
  const count = map.moving.shown?.x.length;
  const whole = points && style && points.arrays.x.length === count && style.arrays.colour.length === count;
  if (map.painter && whole && pointsToo) {
    map.painter.draw(view, map.density, look.ink);
    map.layer.draw(map.signs, view, map.density, look);
    map.root.dataset.painted = points.arrays.x.length;
  }
  const pen = map.surface.getContext("2d");
  pen.setTransform(map.density, 0, 0, map.density, 0, 0);
  pen.clearRect(0, 0, ...view.size);
  if (config.axes && whole) drawAxes(pen, view, config.axes, look);
  map.nameBoxes = whole && config.names ? drawNames(pen, view, map.moving.named(config.names), look, config.region) : [];
  const kept = marks ? corners(marks.arrays.lasso) : [];
  drawLasso(pen, view, map.drawing ?? kept, look, !map.drawing || map.drawn);
  map.layer.mark(pen, view, look);
  map.stepping.draw(pen, view, look);
  // Where things stand, for tests and for scripts that drive the map.
  map.root.dataset.view = JSON.stringify({ centre: view.centre, zoom: view.zoom, scale: view.scale, plot: view.plot });
}
