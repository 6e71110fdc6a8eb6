/* The map itself: takes its configuration from Streamlit and its bytes from the feeds, keeps
   pan, zoom and legend across reruns, and tells Python few things: the lasso's polygon in packed
   coordinates ("lasso"), the row clicked ("clicked"), "cleared", what is filtered ("filter"), the
   player being opened ("player") or pausing ("epoch"), and of its layer the point clicked
   ("layerclicked") and whether it is shown ("layershown"). */

import { build } from "./build.js";
import { pointed } from "./choosing.js";
import { Filter } from "./filter.js";
import { fly } from "./flight.js";
import { margins } from "./frame.js";
import { listen } from "./gestures.js";
import { Histogram } from "./histogram.js";
import { take, takeAll } from "./intake.js";
import { packedLasso } from "./lasso.js";
import { Layer } from "./layer.js";
import { Legend } from "./legend.js";
import { Moving } from "./moving.js";
import { regionAt } from "./names.js";
import { FULL } from "./packed.js";
import { Player } from "./player.js";
import { Pulse } from "./pulse.js";
import { registry } from "./registry.js";
import { ringedPoints } from "./rings.js";
import { Stepping } from "./stepping.js";
import { fit, lookOf, paintFrame, startPainter, watchContext } from "./surface.js";
import { Tip } from "./tip.js";
import { View } from "./view.js";

class PointMap {
  constructor(root) {
    this.root = root;
    this.view = new View();
    this.parts = {}; // feeds by part: points, style, mask, marks and others (intake.js)
    this.lassoMode = false;
    this.drawing = null; // the lasso under way, unit coordinates
    this.config = null;
    this.flight = null; // under way to what Python asked to show
    this.nameBoxes = []; // where names are drawn
    this.filter = new Filter(this);
    this.histogram = new Histogram(this);
    this.player = new Player(this);
    this.moving = new Moving(this);
    build(this);
    this.tooltip = new Tip(this.tip);
    this.stepping = new Stepping(this);
    this.pulse = new Pulse(this);
    this.layer = new Layer(this);
    this.legend = new Legend(this.side, () => this.filter.changed(), () => this.layer.toggle());
    this.listeners = new AbortController();
    listen(this, this.listeners.signal);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.stage);
    watchContext(this);
    startPainter(this);
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
    this.look = lookOf(this.root);
    this.histogram.show(config.histogram);
    this.player.configure(config.player);
    this.tools.player.hidden = !config.plays || Boolean(config.player);
    this.root.classList.toggle("with-histogram", Boolean(config.histogram));
    this.root.classList.toggle("with-player", Boolean(config.player));
    this.legend.managed = Boolean(config.filter);
    this.layer.configure(config.layer ?? null, config.map);
    this.legend.show(this.player.legend(config));
    this.legend.pressLayer(this.layer.shown);
    this.filter.adopt(config.filter);
    takeAll(this);
    this.moving.follow();
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

  /** A feed has come. */
  receive(feed) {
    take(this, feed);
  }

  /** Colours and flags of the points, after the filters. Of those left out no ring is drawn. */
  showStyle(colour, flags) {
    if (!this.painter) return;
    this.painter.setStyle(colour, flags);
    this.painter.setRings(ringedPoints(flags, this.parts.style.arrays.seeds));
  }

  /** The player has gone to another epoch: its colours, rings and scale at once, its places too. */
  showEpoch() {
    this.legend.show(this.player.legend(this.config));
    this.filter.apply();
    this.moving.follow();
    this.paint();
  }

  // ---- drawing

  resize() {
    if (!fit(this)) return;
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
    paintFrame(this, pointsToo);
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
    if (path && this.player.timer !== null) this.player.halt(); // or the rows would run away
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
    this.player.settle(); // the lasso is about the places that are shown
    return this.send("lasso", packed);
  }

  click(at) {
    const region = regionAt(at, this.nameBoxes);
    if (region !== null) return this.send("region", region);
    const { row, other } = this.pointAt(at);
    if (other !== null) this.send("layerclicked", other);
    else if (row !== null) this.send("clicked", row);
  }

  clear() {
    this.setLassoMode(false);
    this.stepping.forget();
    this.hover(null);
    this.sketch(null);
    this.send("cleared", true);
  }

  /** The point at a pixel: a row of the map's own, or an `other` one of its layer, where nearer. */
  pointAt(at) {
    const { row, distance } = pointed(at, this);
    const other = this.layer.nearest(at, distance);
    return { row: other === null ? row : null, other };
  }

  hover(at) {
    const named = at !== null && regionAt(at, this.nameBoxes) !== null;
    const { row, other } = at === null || named ? { row: null, other: null } : this.pointAt(at);
    this.surface.classList.toggle("pointing", named || row !== null || other !== null);
    if (other === null) this.tooltip.show(row, at, row === null ? "" : this.titleOf(row), this);
    else this.tooltip.show(other, at, this.layer.titleOf(other), this.layer.said);
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
    this.layer.close();
    this.moving.close();
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
