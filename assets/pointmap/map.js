/* The map itself: takes its configuration from Streamlit and its bytes from the feeds, keeps
   pan, zoom and legend across reruns, and tells Python few things: the lasso's polygon in packed
   coordinates ("lasso"), the row clicked ("clicked"), "cleared", what is filtered ("filter"), and
   the player being opened ("player") or pausing ("epoch"). */

import { nearest, splitEdges } from "./choosing.js";
import { element } from "./dom.js";
import { Filter } from "./filter.js";
import { FlatPainter } from "./flat.js";
import { fly } from "./flight.js";
import { drawAxes, drawLasso, margins } from "./frame.js";
import { listen } from "./gestures.js";
import { Histogram } from "./histogram.js";
import { corners, packedLasso } from "./lasso.js";
import { Legend } from "./legend.js";
import { drawNames, regionAt } from "./names.js";
import { FULL } from "./packed.js";
import { Painter } from "./painter.js";
import { savePicture } from "./picture.js";
import { Player } from "./player.js";
import { Pulse } from "./pulse.js";
import { address, registry } from "./registry.js";
import { ringedPoints } from "./rings.js";
import { Stepping } from "./stepping.js";
import { Tip } from "./tip.js";
import { View } from "./view.js";

const NO_WEBGL = "Drawn without WebGL2, which this browser does not offer: the map is slower than elsewhere.";

const TOOLS = [
  ["zoom-in", "+", "Zoom in (+)", (map) => map.zoom(1.4)],
  ["zoom-out", "−", "Zoom out (-)", (map) => map.zoom(1 / 1.4)],
  ["reset", "⤢", "Show everything (0)", (map) => map.reset()],
  ["lasso", "Lasso", "Draw round rows (L, or shift and drag)", (map) => map.setLassoMode(!map.lassoMode)],
  ["clear", "Clear", "Drop the lasso and the chosen row (Esc)", (map) => map.clear()],
  ["player", "Play", "Play the epochs one after the other", (map) => map.player.open()],
  ["png", "PNG", "Save what is shown as a picture", savePicture],
];

class PointMap {
  constructor(root) {
    this.root = root;
    this.view = new View();
    this.parts = {}; // feeds by part: points, style, marks
    this.lassoMode = false;
    this.drawing = null; // the lasso under way, unit coordinates
    this.config = null;
    this.flight = null; // under way to what Python asked to show
    this.nameBoxes = []; // where names are drawn
    this.filter = new Filter(this);
    this.histogram = new Histogram(this);
    this.player = new Player(this);
    this.build();
    this.tooltip = new Tip(this.tip);
    this.stepping = new Stepping(this);
    this.pulse = new Pulse(this);
    this.legend = new Legend(this.side, () => this.filter.changed());
    this.listeners = new AbortController();
    listen(this, this.listeners.signal);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.stage);
    this.watchContext();
    this.startPainter();
  }

  build() {
    this.canvas = element("canvas", { "data-testid": "pointmap-canvas", "aria-hidden": "true" });
    this.surface = element("canvas", { class: "surface", "data-testid": "pointmap-surface", "aria-hidden": "true" });
    this.tip = element("div", { class: "tip", role: "status", "data-testid": "pointmap-tip", hidden: "" });
    this.message = element("p", { class: "message", role: "alert", "data-testid": "pointmap-message", hidden: "" });
    this.side = element("div", { class: "legend", "data-testid": "pointmap-legend" });
    this.tools = Object.fromEntries(TOOLS.map((tool) => [tool[0], this.tool(...tool)]));
    const bar = element("div", { class: "tools", role: "toolbar", "aria-label": "Map" }, ...Object.values(this.tools));
    this.stage = element("div", { class: "stage" }, this.canvas, this.surface, this.tip, this.message);
    this.root.replaceChildren(element("div", { class: "plane" }, bar, this.stage, this.histogram.host, this.player.host), this.side);
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "application");
    this.root.setAttribute("data-testid", "pointmap");
  }

  tool(name, sign, title, act) {
    const button = element("button", { type: "button", title, "aria-label": title, "data-testid": `pointmap-${name}` }, sign);
    button.onclick = () => {
      act(this);
      this.redraw();
    };
    return button;
  }

  // ---- what comes in

  configure(config, send) {
    this.send = send;
    if (this.config?.map !== config.map) {
      registry.maps.delete(this.config?.map);
      registry.maps.set(config.map, this);
    }
    this.config = config;
    this.root.setAttribute("aria-label", config.description);
    const height = typeof config.height === "number" ? `${config.height}px` : config.height;
    this.stage.style.height = `calc(${height} - var(--below))`;
    this.side.style.setProperty("--beside", height);
    this.view.equal = !config.axes;
    this.view.margins = margins(config.axes);
    this.readTheme();
    this.histogram.show(config.histogram);
    this.player.configure(config.player);
    this.tools.player.hidden = !config.plays || Boolean(config.player);
    this.root.classList.toggle("with-histogram", Boolean(config.histogram));
    this.root.classList.toggle("with-player", Boolean(config.player));
    this.legend.managed = Boolean(config.filter);
    this.legend.show(this.player.legend(config));
    this.filter.adopt(config.filter);
    for (const part of ["points", "style", "marks", "levels", "frames", "texts", "facts", "asked"]) {
      const feed = registry.feeds.get(address(config.map, part));
      if (feed) this.receive(feed);
    }
    this.repaint();
    this.follow();
  }

  /** Fly to what Python asks to show, once for each time that it asks for something else. */
  follow() {
    const { focus } = this.config;
    const asked = focus ? JSON.stringify(focus) : null;
    if (asked === this.followed || !this.density || !this.parts.points) return;
    this.followed = asked;
    if (focus) fly(this, focus);
  }

  receive(feed) {
    if (this.parts[feed.part]?.version === feed.version) return;
    if (feed.part === "points") {
      this.view.bounds = feed.values.bounds;
      // Other places, so the old window on them means nothing.
      this.view.reset();
      this.flight = null;
    }
    this.parts[feed.part] = feed;
    if (["texts", "facts", "asked"].includes(feed.part)) return this.tooltip.refresh();
    if (feed.part === "marks") this.drawing = null;
    this.upload(feed.part);
    this.redraw();
    if (feed.part === "points" && this.config) this.follow();
  }

  upload(part) {
    if (!this.parts[part]) return;
    if (part === "style") this.filter.apply();
    if (part === "levels") this.histogram.receive(this.parts.levels);
    if (part === "frames") this.player.receive();
    if (!this.painter) return;
    const { arrays } = this.parts[part];
    if (part === "points") this.painter.setPoints(arrays.x, arrays.y);
    if (part === "marks") {
      this.painter.setGroup("highlight", arrays.highlight);
      this.painter.setGroup("selected", arrays.selected);
    }
    if (part === "points" || part === "marks") this.uploadEdges();
  }

  /** Colours and flags of the points, after the filters. Of those left out no ring is drawn. */
  showStyle(colour, flags) {
    if (!this.painter) return;
    this.painter.setStyle(colour, flags);
    this.painter.setRings(ringedPoints(flags, this.parts.style.arrays.seeds));
  }

  /** The player has gone to another epoch: its colours, rings and scale, at once. */
  showEpoch() {
    this.legend.show(this.player.legend(this.config));
    this.filter.apply();
    this.paint();
  }

  /** Edges of the selected row come last: they are drawn strong, their other ends ringed. */
  uploadEdges() {
    const { points, marks } = this.parts;
    if (!points || !marks) return;
    const { ends, focusFrom, neighbours } = splitEdges(points.arrays, marks.arrays);
    this.painter.setEdges(ends, focusFrom);
    this.painter.setGroup("neighbour", neighbours);
    this.pulse.start(neighbours);
  }

  // ---- drawing

  startPainter() {
    this.message.classList.remove("note");
    try {
      this.painter = new Painter(this.canvas);
      this.say(null);
    } catch (error) {
      const flat = error.message === "no WebGL2";
      this.painter = flat ? new FlatPainter(this.canvas) : null;
      this.message.classList.toggle("note", flat);
      this.say(flat ? NO_WEBGL : `The map can't be drawn: ${error.message}`);
    }
  }

  say(sentence) {
    this.message.hidden = sentence === null;
    this.message.textContent = sentence ?? "";
  }

  watchContext() {
    const options = { signal: this.listeners.signal };
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // or the browser would not give it back
      this.painter = null;
      if (!options.signal.aborted) this.say("The graphics card dropped the map. It comes back by itself.");
    }, options);
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.startPainter();
      for (const part of Object.keys(this.parts)) this.upload(part);
      this.repaint();
    }, options);
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const channels = (colour) => (colour.match(/[\d.]+/g) ?? ["128", "128", "128"]).slice(0, 3).map(Number);
    this.look = {
      text: style.color,
      ink: channels(style.color).map((channel) => channel / 255),
      faint: style.borderTopColor,
      accent: style.outlineColor,
      background: style.backgroundColor,
      font: style.fontFamily,
    };
  }

  resize() {
    const { width, height } = this.stage.getBoundingClientRect();
    if (!width || !height) return;
    this.density = globalThis.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.surface]) {
      canvas.width = Math.round(width * this.density);
      canvas.height = Math.round(height * this.density);
    }
    this.view.size = [width, height];
    if (this.config) this.follow();
    this.paint(); // at once: a resized canvas is blank until it is drawn again
    this.histogram.draw();
    this.player.label();
    this.legend.fade();
  }

  /** The colours changed: legend, theme or palette. */
  repaint() {
    if (this.painter && this.config) this.painter.setPalette(this.legend.texels());
    this.redraw();
  }

  /** Ask for a frame. A lasso under way leaves the points alone: a million take a while. */
  redraw(pointsToo = true) {
    this.stale ||= pointsToo;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint(this.stale);
      this.stale = false;
    });
  }

  paint(pointsToo = true) {
    if (!this.config || !this.density) return;
    const { points, style, marks } = this.parts;
    const whole = points && style && points.arrays.x.length === style.arrays.colour.length;
    if (this.painter && whole && pointsToo) {
      this.painter.draw(this.view, this.density, this.look.ink);
      this.root.dataset.painted = points.arrays.x.length;
    }
    const pen = this.surface.getContext("2d");
    pen.setTransform(this.density, 0, 0, this.density, 0, 0);
    pen.clearRect(0, 0, ...this.view.size);
    if (this.config.axes && whole) drawAxes(pen, this.view, this.config.axes, this.look);
    this.nameBoxes = whole && this.config.names ? drawNames(pen, this.view, this.config.names, this.look, this.config.region) : [];
    const kept = marks ? corners(marks.arrays.lasso) : [];
    drawLasso(pen, this.view, this.drawing ?? kept, this.look, !this.drawing || this.drawn);
    this.stepping.draw(pen, this.view, this.look);
    // Where things stand, for tests and for scripts that drive the map.
    this.root.dataset.view = JSON.stringify({ centre: this.view.centre, zoom: this.view.zoom, scale: this.view.scale, plot: this.view.plot });
  }

  // ---- what the reader does

  zoom(factor) {
    this.flight = null;
    this.view.zoomAt(factor, ...this.view.middle());
    this.redraw();
  }

  reset() {
    this.flight = null;
    this.view.reset();
    this.redraw();
  }

  setLassoMode(on) {
    this.lassoMode = on;
    this.tools.lasso.setAttribute("aria-pressed", String(on));
    this.surface.classList.toggle("drawing", on);
  }

  /** The lasso under way; null drops it. */
  sketch(path) {
    this.drawing = path;
    this.drawn = false;
    this.redraw(false);
  }

  closeLasso(path) {
    this.setLassoMode(false);
    const packed = packedLasso(path, this.view);
    if (packed === null) return this.sketch(null);
    this.sketch(packed.map(([x, y]) => [x / FULL, y / FULL]));
    this.drawn = true;
    return this.send("lasso", packed);
  }

  click(at) {
    const region = regionAt(at, this.nameBoxes);
    if (region !== null) return this.send("region", region);
    const row = nearest(at, this);
    if (row !== null) this.send("clicked", row);
  }

  clear() {
    this.setLassoMode(false);
    this.stepping.forget();
    this.hover(null);
    this.sketch(null);
    this.send("cleared", true);
  }

  hover(at) {
    const named = at !== null && regionAt(at, this.nameBoxes) !== null;
    const row = at === null || named ? null : nearest(at, this);
    this.surface.classList.toggle("pointing", named || row !== null);
    this.tooltip.show(row, at, row === null ? "" : this.titleOf(row), this);
  }

  /** "row 12", and what its colour means. */
  titleOf(row) {
    const meaning = this.legend.meaning(this.player.style(this.parts.style.arrays).colour[row]);
    const number = this.parts.points.arrays.row?.[row] ?? row;
    return `row ${number}${meaning ? ` · ${meaning}` : ""}`;
  }

  close() {
    this.listeners.abort();
    this.filter.close();
    this.pulse.close();
    this.player.halt();
    this.watcher.disconnect();
    cancelAnimationFrame(this.frame);
    if (registry.maps.get(this.config?.map) === this) registry.maps.delete(this.config.map);
    this.painter?.free();
    this.root.replaceChildren();
  }
}

const maps = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".pointmap");
  if (!root || !data) return undefined;
  // Streamlit calls this on every change of data or theme: one map per place, kept.
  if (!maps.has(root)) maps.set(root, new PointMap(root));
  maps.get(root).configure(data, setTriggerValue);
  return () => {
    maps.get(root)?.close();
    maps.delete(root);
  };
}
