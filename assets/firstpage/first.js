/* The recording on the first page: the map of the demo's training rows, and two curves, epoch by
   epoch. It plays by itself, unless less motion is asked for, and can be paused. All of it is in
   the data that came with the page: Python hears nothing. */

const EPOCH = 1_500; // milliseconds from one epoch to the next
const REST = 3_500; // at the last one, before it begins again
const FRAME = 80;
const SHADES = 12;
const NOT_YET = [213, 94, 0]; // the model gives the row's label a probability of 0
const LEARNED = [27, 127, 191]; // of 1
const MARGIN = 0.04; // of the map's height, around the points
const SHOWN = new Map();

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const blend = (share) => `rgb(${NOT_YET.map((from, i) => Math.round(from + share * (LEARNED[i] - from))).join(",")})`;

function make(kind, name, ...inside) {
  const found = document.createElement(kind);
  found.className = name;
  found.append(...inside);
  return found;
}

/** How much larger letters are than usual: while the page is shown to an audience, they grow with it. */
function enlarged() {
  const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return Math.min(size / 16, 1.5);
}

/* The numbers of a recording, out of their texts. */
function unpacked(data) {
  const raw = bytes(data.places);
  const places = new Uint16Array(raw.buffer);
  const [rows, epochs] = [data.rows, data.epochs.length];
  if (places.length !== 2 * rows) throw new Error("not as many places as rows");
  const known = bytes(data.known);
  const seeds = bytes(data.seeds);
  const wide = Math.ceil(rows / 8);
  if (known.length !== rows * epochs || seeds.length !== wide * epochs) throw new Error("incomplete");
  return { places, known, isSeed: (epoch, row) => (seeds[epoch * wide + (row >> 3)] >> (row & 7)) & 1 };
}

class Recording {
  constructor(root, data) {
    this.data = data;
    this.numbers = unpacked(data);
    this.last = data.epochs.length - 1;
    this.build(root);
    this.time = 0; // milliseconds since the first epoch
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (still) this.time = this.last * EPOCH;
    this.play(!still);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.map);
    this.draw();
  }

  build(root) {
    this.map = make("canvas", "");
    this.map.setAttribute("role", "img");
    this.map.setAttribute("aria-label", this.data.says.map);
    this.curves = make("canvas", "");
    this.curves.setAttribute("role", "img");
    this.curves.setAttribute("aria-label", this.data.says.curves);
    this.toggle = make("button", "");
    this.toggle.type = "button";
    this.toggle.onclick = () => this.play(this.timer === undefined);
    this.now = make("span", "now");
    const dot = (share) => {
      const key = make("span", "key");
      key.style.background = blend(share);
      return key;
    };
    const [before, after, rest] = this.data.says.how;
    const how = make("p", "how", dot(0), before, dot(1), after, rest);
    const bar = make("div", "bar", this.toggle, this.now);
    const side = make("div", "side", bar, this.curves, make("p", "how", this.data.says.lines));
    root.replaceChildren(
      make("div", "both", make("div", "map", this.map), side), make("p", "is", this.data.says.is), how,
    );
    this.root = root;
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = undefined;
    if (on) {
      let before = performance.now();
      this.timer = setInterval(() => {
        const now = performance.now();
        // While the tab is hidden, time stands still.
        if (!document.hidden) this.advance(Math.min(now - before, 4 * FRAME));
        before = now;
      }, FRAME);
    }
    this.toggle.textContent = on ? "❚❚ Pause" : "▶ Play";
    this.root.dataset.playing = String(on);
  }

  advance(milliseconds) {
    this.time += milliseconds;
    this.root.dataset.moved ??= performance.now().toFixed(0); // for tests
    if (this.time > this.last * EPOCH + REST) this.time = 0;
    this.draw();
  }

  /* Where the recording is: between two epochs, and how far. */
  get where() {
    const at = Math.min(this.last, this.time / EPOCH);
    const epoch = Math.min(this.last, Math.floor(at));
    const share = at - epoch;
    return { epoch, share: share * share * (3 - 2 * share), at };
  }

  draw() {
    const { epoch } = this.where;
    this.drawMap();
    this.drawCurves();
    const { epochs } = this.data;
    this.now.textContent = `Epoch ${epochs[epoch]} of ${epochs[this.last]}`;
    this.root.dataset.epoch = this.data.epochs[epoch];
  }

  drawMap() {
    const { pen, wide, high } = sized(this.map);
    if (!wide) return;
    const { places, known, isSeed } = this.numbers;
    const { rows, side } = this.data;
    const { epoch, share } = this.where;
    const next = Math.min(this.last, epoch + 1);
    const margin = high * MARGIN;
    const scale = [(wide - 2 * margin) / side, (high - 2 * margin) / side];
    const x = (value) => margin + value * scale[0];
    const y = (value) => high - margin - value * scale[1];
    const groups = Array.from({ length: SHADES }, () => []);
    for (let i = 0; i < rows; i += 1) {
      const value = known[epoch * rows + i] * (1 - share) + known[next * rows + i] * share;
      groups[Math.min(SHADES - 1, Math.floor((value / 256) * SHADES))].push(i);
    }
    pen.globalAlpha = 0.85;
    groups.forEach((group, at) => {
      pen.fillStyle = blend(at / (SHADES - 1));
      for (const i of group) {
        const radius = isSeed(epoch, i) ? 2.3 : 1.4;
        pen.fillRect(x(places[2 * i]) - radius, y(places[2 * i + 1]) - radius, 2 * radius, 2 * radius);
      }
    });
    pen.globalAlpha = 1;
    this.drawRegions(pen, { x, y, wide, scale: Math.min(...scale) });
  }

  drawRegions(pen, { x, y, wide, scale }) {
    const style = getComputedStyle(this.root);
    pen.strokeStyle = style.color;
    pen.setLineDash([4, 3]);
    pen.font = `600 ${12 * enlarged()}px ${style.fontFamily}`;
    for (const { name, at, around } of this.data.regions) {
      pen.beginPath();
      pen.arc(x(at[0]), y(at[1]), Math.max(10, around * scale), 0, 7);
      pen.stroke();
      const long = pen.measureText(name).width;
      const left = Math.min(wide - long - 4, Math.max(4, x(at[0]) - long / 2));
      const below = y(at[1]) + Math.max(10, around * scale) + 14;
      pen.lineWidth = 3;
      pen.setLineDash([]);
      pen.strokeStyle = style.getPropertyValue("--st-background-color") || "#fff";
      pen.strokeText(name, left, below);
      pen.fillStyle = style.color;
      pen.fillText(name, left, below);
      pen.lineWidth = 1;
      pen.strokeStyle = style.color;
      pen.setLineDash([4, 3]);
    }
    pen.setLineDash([]);
  }

  drawCurves() {
    const { pen, wide, high } = sized(this.curves);
    if (!wide) return;
    const style = getComputedStyle(this.root);
    const [left, below, top] = [34 * enlarged(), 20 * enlarged(), 8];
    const x = (at) => left + (at / this.last) * (wide - left - 8);
    const y = (value) => top + (1 - value) * (high - top - below);
    pen.font = `${11 * enlarged()}px ${style.fontFamily}`;
    pen.fillStyle = style.color;
    pen.strokeStyle = style.getPropertyValue("--st-border-color");
    for (const value of [0, 0.5, 1]) {
      pen.beginPath();
      pen.moveTo(left, y(value));
      pen.lineTo(wide - 8, y(value));
      pen.stroke();
      pen.textAlign = "right";
      pen.fillText(String(value), left - 5, y(value) + 4);
    }
    pen.textAlign = "center";
    for (const at of [0, this.last]) pen.fillText(String(this.data.epochs[at]), x(at), y(0) + 14 * enlarged());
    pen.fillText("epoch", x(this.last / 2), y(0) + 14 * enlarged());
    this.line(pen, this.data.macro_f1, LEARNED, [], x, y);
    this.line(pen, this.data.rarest_f1, NOT_YET, [5, 3], x, y);
  }

  line(pen, values, colour, dash, x, y) {
    const { at, epoch } = this.where;
    pen.strokeStyle = `rgb(${colour.join(",")})`;
    pen.lineWidth = 2;
    pen.setLineDash(dash);
    pen.beginPath();
    for (let i = 0; i <= epoch; i += 1) pen.lineTo(x(i), y(values[i]));
    if (epoch < this.last) {
      const part = at - epoch;
      pen.lineTo(x(at), y(values[epoch] * (1 - part) + values[epoch + 1] * part));
    }
    pen.stroke();
    pen.setLineDash([]);
    pen.lineWidth = 1;
  }

  end() {
    clearInterval(this.timer);
    this.resized.disconnect();
  }
}

/* The canvas in the pixels of the screen, cleared. */
function sized(canvas) {
  const { clientWidth: wide, clientHeight: high } = canvas;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) {
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, wide, high);
  return { pen, wide, high };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".recording");
  if (!root || !data) return undefined;
  if (!SHOWN.has(root)) {
    try {
      SHOWN.set(root, new Recording(root, data));
    } catch (error) {
      root.textContent = "The recording can't be shown: its file is damaged.";
    }
  }
  return () => {
    SHOWN.get(root)?.end();
    SHOWN.delete(root);
  };
}
