/* Which part of the plane is on screen. Three systems of coordinates:
   unit  - the packed ones, 0..1 both ways, y up; what the shaders and the lasso use
   pixel - CSS pixels from the top left of the canvas, y down
   data  - what the reader sees on the axes: bounds[0] + unit * (bounds[1] - bounds[0])  */

const LARGEST_ZOOM = 200;
const MARGIN_SHARE = 0.04; // air around the outermost points

export class View {
  constructor() {
    this.bounds = [0, 1, 0, 1]; // data: x low, x high, y low, y high
    this.equal = true; // one unit of data is as long upwards as sideways
    this.margins = { left: 0, right: 0, top: 0, bottom: 0 };
    this.size = [1, 1];
    this.reset();
  }

  reset() {
    this.centre = [0.5, 0.5];
    this.zoom = 1;
  }

  /** The rectangle the points are drawn in: [left, top, width, height], pixels. */
  get plot() {
    const { left, right, top, bottom } = this.margins;
    return [left, top, Math.max(1, this.size[0] - left - right), Math.max(1, this.size[1] - top - bottom)];
  }

  /** Pixels per unit, [x, y]. */
  get scale() {
    const [, , width, height] = this.plot;
    const room = 1 - 2 * MARGIN_SHARE;
    if (!this.equal) return [width * room * this.zoom, height * room * this.zoom];
    const [x0, x1, y0, y1] = this.bounds;
    const spanX = x1 - x0 || 1;
    const spanY = y1 - y0 || 1;
    const perDatum = Math.min(width / spanX, height / spanY) * room * this.zoom;
    return [perDatum * spanX, perDatum * spanY];
  }

  toPixel(x, y) {
    const [left, top, width, height] = this.plot;
    const [sx, sy] = this.scale;
    return [left + width / 2 + (x - this.centre[0]) * sx, top + height / 2 - (y - this.centre[1]) * sy];
  }

  toUnit(px, py) {
    const [left, top, width, height] = this.plot;
    const [sx, sy] = this.scale;
    return [(px - left - width / 2) / sx + this.centre[0], this.centre[1] - (py - top - height / 2) / sy];
  }

  toData(x, y) {
    const [x0, x1, y0, y1] = this.bounds;
    return [x0 + x * (x1 - x0), y0 + y * (y1 - y0)];
  }

  /** Move what is shown by so many pixels; the plane never leaves the window altogether. */
  pan(dx, dy) {
    const [sx, sy] = this.scale;
    const keep = (value) => Math.min(1.2, Math.max(-0.2, value));
    this.centre = [keep(this.centre[0] - dx / sx), keep(this.centre[1] + dy / sy)];
  }

  /** Zoom by a factor; the point under the pixel stays where it is. */
  zoomAt(factor, px, py) {
    const [x, y] = this.toUnit(px, py);
    this.zoom = Math.min(LARGEST_ZOOM, Math.max(0.5, this.zoom * factor));
    const [nowX, nowY] = this.toPixel(x, y);
    this.pan(px - nowX, py - nowY);
  }

  middle() {
    const [left, top, width, height] = this.plot;
    return [left + width / 2, top + height / 2];
  }

  /** unit * scale + shift = clip coordinates of the plot rectangle, for the shaders. */
  clip() {
    const [, , width, height] = this.plot;
    const [sx, sy] = this.scale;
    const scale = [(2 * sx) / width, (2 * sy) / height];
    return { scale, shift: [-this.centre[0] * scale[0], -this.centre[1] * scale[1]] };
  }
}
