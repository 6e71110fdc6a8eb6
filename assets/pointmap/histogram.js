/* The histogram under the map: how many points have which value of a signal, those that the
   filters leave against all. A range brushed on it is a filter itself.

   Levels are the values in steps, as hamr/views/neighbourhoods/levels.py makes them: 0 to 65534
   from `low` to `high`, values beyond at the ends, 65535 where a point has none.  */

import { element } from "./dom.js";
import { DIMMED, remaining } from "./filter.js";
import { short } from "./numbers.js";

export const TOP = 65534;
export const MISSING = 65535;
const BINS = 64;
const GRIP = 7; // pixels within which a pointer takes hold of an edge
const STEPS = 200; // of the two sliders that keys move

/** The level of a value, which may lie beyond the ends; Python rounds in the same way. */
export function levelOf(value, { low, high }) {
  return Math.floor(((value - low) / (high - low)) * TOP + 0.5);
}

/** The value at a share of the axis, short enough for a link. */
export function valueAt(share, { low, high }) {
  if (share <= 0) return low;
  if (share >= 1) return high;
  const step = 10 ** (Math.floor(Math.log10(high - low)) - 4);
  return Number((Math.round((low + share * (high - low)) / step) * step).toPrecision(12));
}

/** How many points are in each bin, [all, those not dimmed]. */
export function binned(levels, flags, bins = BINS) {
  const all = new Uint32Array(bins);
  const left = new Uint32Array(bins);
  for (let i = 0; i < levels.length; i += 1) {
    if (levels[i] === MISSING) continue;
    const bin = Math.floor((levels[i] * bins) / MISSING);
    all[bin] += 1;
    if (!(flags[i] & DIMMED)) left[bin] += 1;
  }
  return [all, left];
}

export class Histogram {
  constructor(map) {
    this.map = map;
    this.missing = MISSING;
    this.levels = null;
    this.values = null; // the range, [low, high] in values, or null
    this.build();
    this.listen();
  }

  build() {
    this.canvas = element("canvas", { "data-testid": "pointmap-histogram", "aria-hidden": "true" });
    this.choice = element("select", { "aria-label": "Signal of the histogram", "data-testid": "pointmap-signal" });
    this.ends = ["from", "to"].map((end) =>
      element("input", { type: "range", min: 0, max: STEPS, "data-testid": `pointmap-${end}` }),
    );
    this.text = element("span", { class: "readout", role: "status", "data-testid": "pointmap-readout" });
    this.drop = element("button", { type: "button", "data-testid": "pointmap-range-clear", title: "Show all values again (double-click the histogram)" }, "Clear range");
    this.drop.onclick = () => this.choose(null);
    const head = element("div", { class: "head" }, this.choice, this.text, this.drop);
    this.host = element("div", { class: "histogram", role: "group", "aria-label": "Histogram" }, head, element("div", { class: "bars", title: "Drag to keep a range of values, drag its edges to change it, double-click to show all. Bars are as high as the square root of the number of rows." }, this.canvas, ...this.ends));
    this.host.hidden = true;
  }

  listen() {
    this.choice.onchange = () => {
      this.values = null;
      this.map.send("filter", { ...this.map.filter.now(), signal: this.choice.value, range: null });
    };
    this.ends.forEach((input, end) => {
      input.oninput = () => this.move(end, input.value / STEPS);
      input.onfocus = input.onblur = () => this.draw();
    });
    // Arrow keys move the handles, so they must not reach the map, which they would pan.
    this.host.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.choose(null);
      event.stopPropagation();
    });
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.ondblclick = () => this.choose(null);
  }

  /** What Python says: {signals: [[name, title], ...], signal} or null; the levels are a feed. */
  show(config) {
    this.host.hidden = !config;
    if (!config) {
      Object.assign(this, { levels: null, values: null, signal: null });
      return;
    }
    if (JSON.stringify(config.signals) !== this.listed) {
      this.listed = JSON.stringify(config.signals);
      this.choice.replaceChildren(...config.signals.map(([value, title]) => element("option", { value }, title)));
    }
    this.choice.value = config.signal;
    this.signal = config.signal;
  }

  /** New levels have come. */
  receive({ arrays, values }) {
    this.levels = arrays.level;
    this.axis = values;
    this.label();
    if (this.values) this.map.filter.apply();
    else this.map.filter.recount(); // without a range the levels leave out no point
  }

  setRange(values) {
    this.values = values ?? null;
    this.label();
  }

  /** The range as levels, null without one. */
  range() {
    return this.values && this.axis ? this.values.map((value) => levelOf(value, this.axis)) : null;
  }

  /** The range as shares of the axis. */
  shares() {
    const { low, high } = this.axis;
    return this.values ? this.values.map((value) => Math.min(1, Math.max(0, (value - low) / (high - low)))) : [0, 1];
  }

  choose(values) {
    this.setRange(values);
    this.map.filter.changed();
  }

  /** Move one edge to a share of the axis; the edges don't pass each other. */
  move(end, share) {
    const shares = this.shares();
    shares[end] = end ? Math.max(share, shares[0]) : Math.min(share, shares[1]);
    this.between(...shares);
  }

  between(from, to) {
    const whole = from <= 0 && to >= 1;
    this.choose(whole ? null : [valueAt(from, this.axis), valueAt(to, this.axis)]);
  }

  press(event) {
    if (event.button !== 0 || !this.axis) return;
    const box = this.canvas.getBoundingClientRect();
    const at = ({ clientX }) => Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    const start = at(event);
    const edges = this.values ? this.shares() : [];
    const held = edges.findIndex((share) => Math.abs(share - start) * box.width <= GRIP);
    const fixed = held < 0 ? start : edges[1 - held];
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.onpointermove = (move) => {
      const now = at(move);
      if (held < 0 && Math.abs(now - start) * box.width < 3) return;
      this.between(Math.min(fixed, now), Math.max(fixed, now));
    };
    const stop = () => {
      this.canvas.onpointermove = this.canvas.onpointerup = this.canvas.onpointercancel = null;
    };
    this.canvas.onpointerup = this.canvas.onpointercancel = stop;
  }

  /** Names and values of the two sliders, for readers that hear them. */
  label() {
    if (!this.axis) return;
    const shares = this.shares();
    this.ends.forEach((input, end) => {
      input.value = Math.round(shares[end] * STEPS);
      input.setAttribute("aria-label", `${this.axis.title}, ${end ? "at most" : "at least"}`);
      input.setAttribute("aria-valuetext", short(valueAt(shares[end], this.axis)));
    });
    this.drop.hidden = !this.values;
  }

  /** The flags have changed. */
  count(flags) {
    if (this.levels?.length !== flags.length) return;
    this.bars = binned(this.levels, flags);
    const left = remaining(flags);
    const range = this.values ? ` · ${this.axis.title} ${short(this.values[0])} to ${short(this.values[1])}` : "";
    this.text.textContent = `${left.toLocaleString("en")} of ${flags.length.toLocaleString("en")} shown${range}`;
    this.draw();
  }

  draw() {
    if (!this.bars || !this.map.look) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width) return;
    const density = globalThis.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.round(width * density), height: Math.round(height * density) });
    const pen = this.canvas.getContext("2d");
    pen.scale(density, density);
    const floor = height - 15; // the axis is below it
    const [all, left] = this.bars;
    // The root of a count: a hundred hard rows would be no pixel high beside ten thousand others.
    const most = Math.sqrt(all.reduce((a, b) => Math.max(a, b), 1));
    const bar = (counts, bin) => {
      const tall = counts[bin] ? Math.max(1.5, (Math.sqrt(counts[bin]) / most) * (floor - 2)) : 0;
      pen.fillRect((bin * width) / BINS, floor - tall, width / BINS - 1, tall);
    };
    for (let bin = 0; bin < BINS; bin += 1) {
      pen.fillStyle = this.map.look.faint;
      bar(all, bin);
      pen.fillStyle = this.map.look.accent;
      bar(left, bin);
    }
    this.drawAxis(pen, width, floor);
    if (this.values) this.drawRange(pen, width, floor);
  }

  drawAxis(pen, width, floor) {
    const { low, high, beyond } = this.axis;
    pen.font = `${11 * Math.min(this.map.look.scale, 1.3)}px ${this.map.look.font}`;
    pen.fillStyle = this.map.look.text;
    pen.textBaseline = "top";
    const marks = [[`${beyond[0] ? "≤ " : ""}${short(low)}`, 0, "left"], [short((low + high) / 2), width / 2, "center"], [`${beyond[1] ? "≥ " : ""}${short(high)}`, width, "right"]];
    for (const [text, x, side] of marks) {
      pen.textAlign = side;
      pen.fillText(text, x, floor + 3);
    }
  }

  drawRange(pen, width, floor) {
    const focused = this.ends.indexOf(this.host.getRootNode().activeElement);
    const [from, to] = this.shares().map((share) => share * width);
    pen.fillStyle = this.map.look.background;
    pen.globalAlpha = 0.6;
    pen.fillRect(0, 0, from, floor);
    pen.fillRect(to, 0, width - to, floor);
    pen.globalAlpha = 1;
    pen.fillStyle = this.map.look.text;
    [from, to].forEach((x, end) => {
      const wide = focused === end ? 4 : 2;
      pen.fillRect(Math.min(width - wide, Math.max(0, x - wide / 2)), 0, wide, floor);
      pen.fillRect(Math.min(width - 7, Math.max(0, x - 3.5)), floor / 2 - 7, 7, 14);
    });
  }
}
