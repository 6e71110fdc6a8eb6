/* Epochs one after the other, without a round trip: the colours, rings and, on a map that moves
   (moving.js), places of all of them are in one feed, "frames" (hamr/views/neighbourhoods/frames.py), that comes when the player is opened.
   Python hears of the player being opened or closed ("player") and of the epoch it pauses at
   ("epoch"). Filters go on: the same points stay dimmed while it plays.  */

import { element } from "./dom.js";
import { drawCurve, drawScores } from "./plots.js";

const PACE = 700; // milliseconds an epoch, less where there are many
const LONGEST_PLAY = 12_000; // of playing all of them
const RINGED = 2; // the bit of a flag

/** `flag` with the ring bit as one frame has it; `rings` holds the bits of a frame, lowest first. */
export function ringed(flag, rings) {
  const flags = flag.slice();
  for (let i = 0; i < flags.length; i += 1) {
    flags[i] = (flags[i] & ~RINGED) | (((rings[i >> 3] >> (i & 7)) & 1) * RINGED);
  }
  return flags;
}

/** One frame of the feed; its colours or places are null where no epoch changes them. */
export function frameOf({ arrays, values }, at) {
  const { points } = values;
  const bytes = Math.ceil(points / 8);
  return {
    colour: arrays.colour.length ? arrays.colour.subarray(at * points, (at + 1) * points) : null,
    rings: arrays.rings.subarray(at * bytes, (at + 1) * bytes),
    places: arrays.x.length ? { x: arrays.x.subarray(at * points, (at + 1) * points), y: arrays.y.subarray(at * points, (at + 1) * points) } : null,
    scale: values.scales?.[at] ?? null,
    labels: values.labels?.[at] ?? null,
  };
}

export class Player {
  constructor(map) {
    this.map = map;
    this.at = null; // the frame that is shown; null shows what Python has drawn
    this.timer = null; // of playing
    this.waiting = null; // timer of steps that Python has not heard of yet
    this.build();
  }

  build() {
    const button = (name, sign, title, act) => {
      const made = element("button", { type: "button", title, "aria-label": title, "data-testid": `pointmap-${name}` }, sign);
      made.onclick = act;
      return made;
    };
    this.toggle = button("play", "▶", "Play", () => (this.timer === null ? this.play() : this.pause()));
    const back = button("step-back", "‹", "One epoch back", () => this.step(-1));
    const on = button("step", "›", "One epoch on", () => this.step(1));
    this.scrubber = element("input", { type: "range", min: 0, step: 1, "aria-label": "Epoch", "data-testid": "pointmap-scrubber" });
    this.scrubber.oninput = () => {
      const at = Number(this.scrubber.value); // `halt` puts it back to the frame that is shown
      this.halt();
      this.show(at);
    };
    this.scrubber.onchange = () => this.settle();
    this.text = element("span", { class: "readout", "data-testid": "pointmap-epoch" });
    this.scores = element("canvas", { role: "img", "data-testid": "pointmap-scores" });
    this.curve = element("canvas", { role: "img", "data-testid": "pointmap-curve" });
    const shut = button("player-close", "✕", "Close the player", () => this.close());
    const bar = element("div", { class: "head" }, back, this.toggle, on, this.scrubber, this.text, shut);
    this.note = element("p", { class: "note" });
    this.plots = element("div", { class: "plots" }, this.scores, this.curve);
    this.host = element("div", { class: "player", role: "group", "aria-label": "Epochs" }, bar, this.plots, this.note);
    this.host.addEventListener("keydown", (event) => event.stopPropagation()); // arrows would pan
    this.host.hidden = true;
  }

  /** The frames that are meant have the `stamp`; those of another colouring are on their way out.
      Python's side: {epochs, epoch, stamp, scores, curves, note}, null while the player is closed. */
  configure(config) {
    this.host.hidden = !config;
    const moved = config?.epoch !== this.config?.epoch;
    this.config = config;
    if (!config) {
      this.halt();
      this.at = null;
      return;
    }
    this.scrubber.max = config.epochs.length - 1;
    this.note.textContent = config.note;
    this.note.hidden = !config.note;
    const still = this.timer === null && this.waiting === null;
    if (still && (moved || this.at === null)) this.settleOn(config.epochs.indexOf(config.epoch));
    this.label();
  }

  /** The frame that stands for what Python has drawn; -1 where no frame is that epoch's. */
  settleOn(at) {
    this.at = at < 0 ? null : at;
  }

  /** The frames have come; another colouring brings others. */
  receive() {
    if (this.starting) {
      this.starting = false;
      this.play();
    } else if (this.timer !== null) this.show(this.at ?? 0);
  }

  /** Whether what is on screen is a frame of the feed, not what Python has drawn. */
  get ahead() {
    return this.frames() !== null && this.at !== null && this.config.epochs[this.at] !== this.config.epoch;
  }

  frames() {
    const feed = this.map.parts.frames;
    const points = this.map.parts.style?.arrays.flag.length;
    return this.config && feed?.values.stamp === this.config.stamp && feed.values.points === points ? feed : null;
  }

  /** Colours and flags to draw. */
  style({ colour, flag }) {
    if (!this.ahead) return { colour, flag };
    const frame = frameOf(this.frames(), this.at);
    return { colour: frame.colour ?? colour, flag: ringed(flag, frame.rings) };
  }

  /** Where the frame that is shown has the points; null where no epoch moves them. */
  places() {
    const feed = this.frames();
    return feed === null || this.at === null ? null : frameOf(feed, this.at).places;
  }

  /** What the legend says, with the scale or the counts of the frame. */
  legend(config) {
    if (!this.ahead) return config;
    const { scale, labels } = frameOf(this.frames(), this.at);
    return {
      ...config,
      labels: labels ?? config.labels,
      scale: config.scale && scale ? { ...config.scale, low: scale[0], high: scale[1] } : config.scale,
    };
  }

  open() {
    this.starting = true;
    this.map.send("player", true);
  }

  close() {
    this.settle();
    this.map.send("player", false);
  }

  play() {
    if (!this.frames()) return;
    const last = this.config.epochs.length - 1;
    if (this.at === null || this.at >= last) this.show(0);
    const pace = Math.min(PACE, LONGEST_PLAY / (last + 1));
    this.timer = setInterval(() => {
      if (this.at >= last) this.pause();
      else this.show(this.at + 1);
    }, pace);
    this.label();
  }

  /** Stop the clock. */
  halt() {
    clearInterval(this.timer);
    this.timer = null;
    this.label();
  }

  pause() {
    this.halt();
    this.settle();
  }

  /** Stay at the frame: the page follows to its epoch. */
  settle() {
    this.halt();
    clearTimeout(this.waiting);
    this.waiting = null;
    if (this.ahead) this.map.send("epoch", this.config.epochs[this.at]);
  }

  step(by) {
    this.halt();
    const last = this.config.epochs.length - 1;
    this.show(Math.min(last, Math.max(0, (this.at ?? 0) + by)));
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.settle(), 600); // several steps are one rerun
  }

  /** Draw a frame now; the milliseconds it took are on the map's element, for tests. */
  show(at) {
    if (!this.frames()) return;
    const began = performance.now();
    this.at = at;
    this.map.showEpoch();
    this.label();
    this.map.root.dataset.frame = `${this.config.epochs[at]} ${(performance.now() - began).toFixed(1)}`;
  }

  label() {
    if (!this.config) return;
    const { epochs, epoch, scores, curves } = this.config;
    const playing = this.timer !== null;
    this.toggle.textContent = playing ? "⏸" : "▶";
    this.toggle.title = playing ? "Pause" : "Play";
    this.toggle.setAttribute("aria-label", this.toggle.title);
    const at = this.at ?? epochs.indexOf(epoch);
    this.scrubber.value = at;
    this.scrubber.setAttribute("aria-valuetext", `epoch ${epochs[at] ?? epoch}`);
    this.text.textContent = `epoch ${epochs[at] ?? epoch} of ${epochs.at(-1)}`;
    if (!this.map.look) return;
    drawScores(this.scores, { epochs, scores, at }, this.map.look);
    this.curve.hidden = !curves;
    if (curves) drawCurve(this.curve, { ...curves, at }, this.map.look);
  }
}
