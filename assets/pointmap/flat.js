/* The map without WebGL2: the same points, rings and links, drawn with a 2D canvas. Slower, and of
   very many points the picture of density.js, like the painter that it stands in for. */

import { boxOf, CROWD, Density } from "./density.js";
import { element } from "./dom.js";
import { pointSize } from "./painter.js";
import { firstInBox, mostRings } from "./rings.js";

const TURN = 2 * Math.PI;

/** Trace the outline of a point around a place: a disc, a square or a triangle by its flag. */
export function trace(pen, form, x, y, radius) {
  pen.beginPath();
  if (form === 1) pen.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
  else if (form === 2) corner(pen, [[0, -1.15], [1, 0.75], [-1, 0.75]], x, y, radius);
  else pen.arc(x, y, radius, 0, TURN);
}

function corner(pen, places, x, y, radius) {
  places.forEach(([dx, dy], i) => pen[i ? "lineTo" : "moveTo"](x + dx * radius, y + dy * radius));
  pen.closePath();
}

export class FlatPainter {
  constructor(canvas) {
    this.pen = canvas.getContext("2d");
    this.groups = {};
    this.ends = [];
    this.swelling = 1; // of the rings of neighbours (pulse.js)
    this.stamps = new Map(); // small pictures of a point, by colour, form and size
  }

  setPoints(x, y) {
    Object.assign(this, { x, y, all: Uint32Array.from(x, (_, i) => i) });
    this.density = x.length < CROWD ? null : new Density(x, y);
    if (this.texels) this.density?.setPalette(this.texels);
    this.styleDensity();
  }

  setStyle(colour, flag) {
    Object.assign(this, { colour, flag });
    this.styleDensity();
  }

  styleDensity() {
    if (this.colour && this.colour.length === this.x?.length) this.density?.setStyle(this.colour, this.flag);
  }

  setRings(points) {
    this.rings = points;
  }

  setGroup(name, indices) {
    this.groups[name] = indices;
  }

  setEdges(ends, focusFrom) {
    Object.assign(this, { ends, focusFrom });
  }

  setPalette(texels) {
    this.texels = texels;
    this.stamps.clear();
    this.density?.setPalette(texels);
  }

  /** One frame, like the painter's. */
  draw(view, density, ink) {
    if (!this.texels) return;
    const { pen } = this;
    this.outline = `rgb(${ink.map((channel) => Math.round(255 * channel)).join(" ")})`;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.save();
    pen.beginPath();
    pen.rect(...view.plot);
    pen.clip();
    const size = this.discs(view);
    this.edges(view);
    this.marks(view, size);
    pen.restore();
  }

  /** The points, or the picture of very many; the size of a point. */
  discs(view) {
    const { pen } = this;
    const seen = this.density?.look(view);
    if (seen && seen.share < 1) {
      const picture = this.density.picture(view);
      if (picture) this.load(picture);
      const [x, y] = view.toPixel(this.box[0], this.box[3]);
      const [right, below] = view.toPixel(this.box[2], this.box[1]);
      pen.globalAlpha = 1 - seen.share;
      pen.drawImage(this.haze, x, y, right - x, below - y);
      pen.globalAlpha = 1;
    }
    const size = seen ? pointSize(seen.inView, 1) : pointSize(this.x.length, view.zoom);
    if (seen?.share === 0) return size;
    const order = this.density?.order ?? this.all;
    for (const [from, to] of seen?.parts ?? [[0, order.length]]) {
      for (let place = from; place < to; place += 1) this.disc(view, order[place], size, seen?.share ?? 1);
    }
    pen.globalAlpha = 1;
    return size;
  }

  disc(view, i, size, share) {
    const stamp = this.stamp(this.colour[i], this.flag[i] >> 2, size);
    const [x, y] = view.toPixel(this.x[i] / 65535, this.y[i] / 65535);
    this.pen.globalAlpha = 0.85 * share * (this.flag[i] & 1 ? 0.15 : 1);
    this.pen.drawImage(stamp, x - stamp.width / 4, y - stamp.height / 4, stamp.width / 2, stamp.height / 2);
  }

  /** A point at twice its size: to copy it is much faster than to draw it. */
  stamp(code, form, size) {
    const key = `${code} ${form} ${Math.round(size * 4)}`;
    if (!this.stamps.has(key)) {
      const side = Math.ceil(2 * size * 1.3) + 2;
      const stamp = element("canvas", { width: side, height: side });
      const pen = stamp.getContext("2d");
      pen.fillStyle = `rgb(${this.texels.slice(4 * code, 4 * code + 3).join(" ")})`;
      trace(pen, form, side / 2, side / 2, size);
      pen.fill();
      this.stamps.set(key, stamp);
    }
    return this.stamps.get(key);
  }

  /** Take over a new picture; its rows come from below and its colours times alpha. */
  load({ bytes, box, cells }) {
    const pixels = new Uint8ClampedArray(bytes.length);
    for (let row = 0; row < cells; row += 1) {
      pixels.set(bytes.subarray(4 * cells * row, 4 * cells * (row + 1)), 4 * cells * (cells - 1 - row));
    }
    for (let at = 0; at < pixels.length; at += 4) {
      const alpha = pixels[at + 3] / 255 || 1;
      for (let channel = 0; channel < 3; channel += 1) pixels[at + channel] /= alpha;
    }
    this.haze = element("canvas", { width: cells, height: cells });
    this.haze.getContext("2d").putImageData(new ImageData(pixels, cells, cells), 0, 0);
    this.box = box;
  }

  edges(view) {
    const { pen, ends } = this;
    const count = ends.length / 4;
    pen.strokeStyle = this.outline;
    for (const [from, to, width, alpha] of [[0, this.focusFrom, 1, Math.min(0.5, 6 / Math.sqrt(count + 1))], [this.focusFrom, count, 2.2, 0.95]]) {
      pen.lineWidth = width;
      pen.globalAlpha = alpha;
      pen.beginPath();
      for (let edge = from; edge < to; edge += 1) {
        pen.moveTo(...view.toPixel(ends[4 * edge], ends[4 * edge + 1]));
        pen.lineTo(...view.toPixel(ends[4 * edge + 2], ends[4 * edge + 3]));
      }
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  marks(view, size) {
    const dense = this.density !== null && this.density.look(view).share < 1;
    const rings = firstInBox(this.rings ?? [], this, boxOf(view), mostRings(view.plot, dense));
    const radius = (rings.length > 1000 ? Math.max(size * 1.25, 5) : Math.max(size + 3, 7)) / 2;
    this.pen.globalAlpha = rings.length > 1000 ? 0.4 : 1; // or they would hide the points
    this.outlines(view, rings, (pen, form, x, y) => trace(pen, form, x, y, radius), 1);
    this.pen.globalAlpha = 1;
    this.outlines(view, this.groups.neighbour ?? [], (pen, form, x, y) => trace(pen, form, x, y, radius * 1.5 * this.swelling), 1.5);
    const diamond = [[0, -1], [1, 0], [0, 1], [-1, 0]];
    this.outlines(view, this.groups.highlight ?? [], (pen, form, x, y) => {
      pen.beginPath();
      corner(pen, diamond, x, y, radius * 1.9);
    }, 1.5);
    this.outlines(view, this.groups.selected ?? [], (pen, form, x, y) => trace(pen, 0, x, y, Math.max(radius * 2.6, 9)), 2.5);
  }

  outlines(view, points, path, width) {
    const { pen } = this;
    pen.strokeStyle = this.outline;
    pen.lineWidth = width;
    for (const i of points) {
      path(pen, this.flag[i] >> 2, ...view.toPixel(this.x[i] / 65535, this.y[i] / 65535));
      pen.stroke();
    }
  }

  free() {
    this.stamps.clear();
  }
}
