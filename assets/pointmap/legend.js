/* What the colours and shapes mean: classes as buttons that filter the points, or a colour bar
   for scores, which the histogram filters; and the shapes that are in use. */

import { element } from "./dom.js";
import { short } from "./numbers.js";

/** 256 x 4 bytes, red, green, blue and alpha of each colour code. */
export function texels(palette) {
  const bytes = new Uint8Array(256 * 4);
  palette.forEach((colour, code) => {
    const rgb = [1, 3, 5].map((from) => Number.parseInt(colour.slice(from, from + 2), 16));
    bytes.set([...rgb, 255], code * 4);
  });
  return bytes;
}

/** What a colour code stands for: its class, or about its score. */
export function meaning(code, { labels, palette, scale }) {
  if (labels.length) return labels[code] ?? "";
  if (!scale) return "";
  const { low, high, title, missing } = scale;
  const last = shades(palette, scale).length - 1;
  if (code > last) return missing;
  return `${title} ≈ ${short(low + (code / last) * (high - low))}`;
}

/** The colours of the scale, without that of points that have no value. */
function shades(palette, { missing }) {
  return missing ? palette.slice(0, -1) : palette;
}

const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/** One stop of Tab for all classes, between which arrow keys move: there may be hundreds. */
function roving(buttons) {
  const only = (one) => buttons.forEach((button) => { button.tabIndex = button === one ? 0 : -1; });
  only(buttons[0]);
  return {
    onfocus: (event) => only(event.target),
    onkeydown: (event) => {
      const at = buttons.indexOf(event.target);
      if (at < 0 || !(event.key in ARROWS)) return;
      event.preventDefault();
      event.stopPropagation(); // the map would pan
      buttons[Math.min(buttons.length - 1, Math.max(0, at + ARROWS[event.key]))].focus();
    },
  };
}

/** The codes in focus after one was pressed: it comes or goes, or with `alone` is the only one. */
export function picked(focus, code, alone) {
  if (alone) return focus.size === 1 && focus.has(code) ? [] : [code];
  return focus.has(code) ? [...focus].filter((one) => one !== code) : [...focus, code];
}

export class Legend {
  /** `changed` is called when another set of classes is in focus, `toggled` when the layer of other
      points is turned on or off. */
  constructor(host, changed, toggled = () => {}) {
    Object.assign(this, { host, changed, toggled });
    this.focus = new Set();
    this.labels = [];
    this.managed = false; // whether Python says which codes are in focus
    this.buttons = [];
  }

  /** A legend that is cut fades out where more of it can be scrolled into view. */
  fade() {
    const { scrollTop, scrollHeight, clientHeight } = this.host;
    this.host.classList.toggle("cut", scrollHeight - clientHeight - scrollTop > 4);
  }

  /** Put these codes in focus, and no others; none shows all. */
  focusOn(codes) {
    this.focus = new Set(codes);
    this.mark();
  }

  show({ palette, labels, scale, shapes, layer }) {
    const now = JSON.stringify([palette, labels, scale, shapes, layer?.label]);
    if (now === this.shown) return;
    // Codes of other labels mean nothing; where Python says which are in focus, it has changed them.
    if (!this.managed && JSON.stringify(labels ?? []) !== JSON.stringify(this.labels)) this.focus.clear();
    Object.assign(this, { shown: now, palette, labels: labels ?? [], scale });
    this.layer = null;
    this.buttons = this.labels.map((label, code) => this.button(label, code));
    this.host.replaceChildren(
      ...(this.buttons.length ? [this.list()] : []),
      ...(scale ? [this.bar()] : []),
      ...(shapes.length || layer ? [this.shapes(shapes, layer)] : []),
    );
    this.host.hidden = this.host.childElementCount === 0;
    this.host.onscroll = () => this.fade();
    this.mark();
    this.fade();
  }

  list() {
    const title = "Show all classes again";
    this.all = element("button", { type: "button", class: "all", title, "data-testid": "pointmap-legend-all" }, "All");
    this.all.onclick = () => this.pick([]);
    const label = "Classes: press to show them alone; arrow keys move between them";
    const group = element("div", { role: "group", "aria-label": label }, this.all, ...this.buttons);
    const { onfocus, onkeydown } = roving([this.all, ...this.buttons]);
    group.addEventListener("focusin", onfocus);
    group.addEventListener("keydown", onkeydown);
    return group;
  }

  button(label, code) {
    const button = element("button", { type: "button", "data-testid": `pointmap-legend-${code}` });
    button.append(this.swatch(code), label);
    button.onclick = (event) => this.pick(picked(this.focus, code, event.ctrlKey || event.metaKey));
    button.onkeydown = (event) => {
      // Browsers make no click of Ctrl and Enter.
      if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter") return;
      event.preventDefault();
      this.pick(picked(this.focus, code, true));
    };
    return button;
  }

  /** What turns the points of the layer on and off. */
  layerButton({ label }) {
    this.layer = element("button", { type: "button", "data-testid": "pointmap-layer" });
    this.layer.append(element("i", { "aria-hidden": "true" }, "+"), label);
    this.layer.onclick = () => this.toggled();
    return element("li", { class: "layer" }, this.layer);
  }

  /** Say whether the points of the layer are shown. */
  pressLayer(shown) {
    this.layer?.setAttribute("aria-pressed", String(shown));
    if (this.layer) this.layer.title = shown ? "Press to hide them" : "Press to show them";
  }

  pick(codes) {
    this.focusOn(codes);
    this.changed();
  }

  swatch(code) {
    return element("i", { class: "swatch", style: `background:${this.palette[code]}` });
  }

  mark() {
    this.buttons.forEach((button, code) => {
      const label = this.labels[code];
      button.setAttribute("aria-pressed", String(this.focus.has(code)));
      button.classList.toggle("faded", this.faded(code));
      button.title = this.focus.size
        ? `${label}: press to add or remove it, with Ctrl to show it alone`
        : `${label}: press to show it alone, then others to add them`;
    });
    this.all?.setAttribute("aria-pressed", String(!this.focus.size));
  }

  faded(code) {
    return this.focus.size > 0 && this.labels.length > 0 && !this.focus.has(code);
  }

  bar() {
    const { low, high, title, note, missing } = this.scale;
    const values = low === -high ? [low, 0, high] : [low, high]; // 0 is then in the middle
    const colours = shades(this.palette, this.scale);
    const stops = colours.filter((_, i) => i % 8 === 0 || i === colours.length - 1).join(",");
    return element(
      "div",
      { class: "scale", "data-testid": "pointmap-scale", "aria-label": `${title}: ${low} to ${high}` },
      element("span", {}, title),
      element("i", { style: `background:linear-gradient(to right, ${stops})` }),
      element("span", { class: "ends" }, ...values.map((value) => element("b", {}, short(value)))),
      ...(missing ? [element("span", { class: "note" }, this.swatch(this.palette.length - 1), missing)] : []),
      ...(note ? [element("span", { class: "note" }, note)] : []),
    );
  }

  shapes(shapes, layer) {
    const signs = { ring: "◉", highlight: "◈", selected: "◎", edge: "—", disc: "●", square: "■", triangle: "▲" };
    const rows = shapes.map(([sign, meaning]) =>
      element("li", {}, element("i", { "aria-hidden": "true" }, signs[sign]), meaning),
    );
    return element("ul", {}, ...rows, ...(layer ? [this.layerButton(layer)] : []));
  }

  /** 256 x 4 bytes for the painter's palette. */
  texels() {
    return texels(this.palette);
  }

  /** What a colour code stands for, for the tooltip. */
  meaning(code) {
    return meaning(code, this);
  }
}
