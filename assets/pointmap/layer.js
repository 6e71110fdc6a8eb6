/* Points of a second kind on a map: plain plus signs above its own points, which take no part in colours,
   filters and lassos. They can be pointed at and clicked, and turned off in the legend. Their feeds
   are those of a map, at its address with "-layer"; they come and go with the layer. */

import { nearestWithin } from "./choosing.js";
import { boxOf } from "./density.js";
import { FULL } from "./packed.js";
import { address, registry } from "./registry.js";

const LAYER_PARTS = ["points", "texts", "facts", "asked"];
const LARGEST_SIGN = 10; // pixels across
const RIMMED = 3000; // signs, above which they have no rim, and let more of the points through

/** Pixels that a sign is across: fewer of them and a closer look make it larger. */
export function signSize(count, zoom) {
  const crowd = Math.min(7, Math.max(4, 300 / Math.sqrt(count + 1)));
  return Math.min(LARGEST_SIGN, crowd * Math.max(1, zoom) ** 0.2);
}

/** A colour, each channel 0..1, as the four bytes of a pixel. */
function pixel(channels, alpha) {
  const bytes = Uint8ClampedArray.from([...channels, alpha], (value) => Math.round(value * 255));
  return new Uint32Array(bytes.buffer)[0];
}

/** Set the pixels of a plus sign round a place, as far as they are on the image. */
export function plus(pixels, { width, height }, x, y, arm, half, colour) {
  for (const [dx, dy] of [[arm, half], [half, arm]]) {
    const [left, right] = [Math.max(0, x - dx), Math.min(width - 1, x + dx)];
    const bottom = Math.min(height - 1, y + dy);
    for (let row = Math.max(0, y - dy); row <= bottom; row += 1) {
      if (left <= right) pixels.fill(colour, row * width + left, row * width + right + 1);
    }
  }
}

export class Layer {
  constructor(map) {
    Object.assign(this, { map, parts: {}, config: null, at: null, shown: true, drawn: false });
  }

  /** Take over what Python says; null for a map without a layer. */
  configure(config, mapName) {
    const at = config ? `${mapName}-layer` : null;
    if (at !== this.at) {
      this.close();
      this.parts = {};
      if (at) registry.maps.set(at, this);
      this.at = at;
    }
    const told = JSON.stringify(config ?? null);
    if (told !== this.told) this.shown = config?.shown ?? true;
    Object.assign(this, { config, told });
    for (const part of config ? LAYER_PARTS : []) {
      const feed = registry.feeds.get(address(at, part));
      if (feed) this.receive(feed);
    }
  }

  receive(feed) {
    this.parts[feed.part] = feed;
    this.map.tooltip.refresh();
    this.map.redraw();
  }

  /** The places as they are drawn; null while there are none, or while the map's own points are not
      where Python has placed these among. */
  get places() {
    const { moving, parts } = this.map;
    const still = moving.shown && moving.shown.x === parts.points?.arrays.x;
    return this.config && this.shown && still ? this.parts.points?.arrays ?? null : null;
  }

  /** The legend's button; pressed while the signs are shown. */
  toggle() {
    this.shown = !this.shown;
    this.map.legend.pressLayer(this.shown);
    this.map.hover(null);
    this.map.redraw();
    this.map.send("layershown", this.shown);
  }

  draw(canvas, view, density, look) {
    const { places } = this;
    if (!places && !this.drawn) return; // as on each map without a layer
    this.drawn = Boolean(places);
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    this.map.root.dataset.layer = places ? places.x.length : 0;
    if (!places) return;
    const image = pen.createImageData(canvas.width, canvas.height);
    this.signs(image, places, view, density, look);
    pen.putImageData(image, 0, 0);
  }

  /** Set the pixels of all signs: a 2D canvas takes a hundred times as long to draw 20,000. */
  signs(image, places, view, density, look) {
    const across = signSize(places.x.length, view.zoom) * density;
    const crowded = places.x.length > RIMMED;
    const [arm, half] = [Math.round(across / 2), Math.max(0, Math.round(across / 7 - 0.1))];
    const [ink, paper] = [pixel(look.ink, crowded ? 0.4 : 1), pixel(look.paper, 1)];
    const pixels = new Uint32Array(image.data.buffer);
    const [x0, y0, x1, y1] = boxOf(view).map((value) => value * FULL);
    for (let i = 0; i < places.x.length; i += 1) {
      if (places.x[i] < x0 || places.x[i] > x1 || places.y[i] < y0 || places.y[i] > y1) continue;
      const at = view.toPixel(places.x[i] / FULL, places.y[i] / FULL);
      const [x, y] = [Math.round(at[0] * density), Math.round(at[1] * density)];
      if (!crowded) plus(pixels, image, x, y, arm + 1, half + 1, paper);
      plus(pixels, image, x, y, arm, half, ink);
    }
  }

  /** A ring round the chosen point, on the canvas above all points. */
  mark(pen, view, look) {
    const { places } = this;
    const point = this.config?.selected ?? null;
    if (!places || point === null || point >= places.x.length) return;
    const [x, y] = view.toPixel(places.x[point] / FULL, places.y[point] / FULL);
    pen.beginPath();
    pen.arc(x, y, 11, 0, 2 * Math.PI);
    for (const [colour, width] of [[look.background, 6], [look.accent, 3]]) {
      Object.assign(pen, { strokeStyle: colour, lineWidth: width });
      pen.stroke();
    }
  }

  /** The point under a pixel, nearer than `closer` (in squared pixels); null if there is none. */
  nearest(at, closer) {
    const { places } = this;
    return places ? nearestWithin(at, places, this.map.view, closer).row : null;
  }

  /** "unlabelled row 12". */
  titleOf(point) {
    return `${this.config.called} ${this.places.row?.[point] ?? point}`;
  }

  /** What the tip reads its text and facts from. */
  get said() {
    return { parts: this.parts, view: this.map.view, config: { map: this.at } };
  }

  close() {
    if (this.at && registry.maps.get(this.at) === this) registry.maps.delete(this.at);
  }
}
