/* The plane: what the model says of each place, and the points. Coordinates are in [-1, 1]. */

export const SIZE = 480; // of the canvas, in its own pixels
const EDGE = 14; // around the plane, so that points at its border are whole
const SHADE = 0.42; // of a class that the model is sure of, over the page

/* A place of the plane on the canvas. */
export function placed([x, y]) {
  const half = (SIZE - 2 * EDGE) / 2;
  return [EDGE + (x + 1) * half, EDGE + (1 - y) * half];
}

/* A place of the canvas on the plane, within its border. */
export function unplaced(left, top) {
  const half = (SIZE - 2 * EDGE) / 2;
  const inside = (value) => Math.max(-1, Math.min(1, value));
  return [inside((left - EDGE) / half - 1), inside(1 - (top - EDGE) / half)];
}

/* [r, g, b] of "#rrggbb". */
export function rgb(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/* The pixels of a plane: at each place the classes' colours, mixed by their probabilities; where
   the model is unsure the colours are pale. `bytes` are probabilities, class last. */
export function pixels(bytes, colours) {
  const count = colours.length;
  const mixes = colours.map(rgb);
  const cells = bytes.length / count;
  const side = Math.round(Math.sqrt(cells));
  const found = new Uint8ClampedArray(cells * 4);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const cell = row * side + column;
      const out = ((side - 1 - row) * side + column) * 4; // canvases begin at the top
      let largest = 0;
      for (let at = 0; at < count; at += 1) {
        const share = bytes[cell * count + at] / 255;
        largest = Math.max(largest, share);
        for (let part = 0; part < 3; part += 1) found[out + part] += share * mixes[at][part];
      }
      const sure = count > 1 ? (largest - 1 / count) / (1 - 1 / count) : 1;
      found[out + 3] = 255 * SHADE * (0.25 + 0.75 * Math.max(0, sure));
    }
  }
  return { side, data: found };
}

/* Bytes of a text in base64. */
export function unpacked(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function drawPlane(context, packed, colours) {
  const { side, data } = pixels(unpacked(packed), colours);
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d").putImageData(new ImageData(data, side, side), 0, 0);
  context.imageSmoothingEnabled = true;
  // Half a cell further on each side: the centres of the border's cells are on the border.
  const inner = SIZE - 2 * EDGE;
  const cell = inner / (side - 1);
  context.save();
  context.beginPath();
  context.rect(EDGE, EDGE, inner, inner);
  context.clip();
  context.drawImage(small, EDGE - cell / 2, EDGE - cell / 2, inner + cell, inner + cell);
  context.restore();
}

/* The radius of a point whose area is `size` times the usual; null: a faint dot. */
export function radius(size) {
  return size === null ? 2.8 : 4.2 * Math.sqrt(Math.max(0.12, Math.min(9, size)));
}

/* The nearest point to a place of the canvas, at most `reach` pixels away; -1: none. */
export function nearest(xy, left, top, reach = 14) {
  let best = -1;
  let least = reach * reach;
  xy.forEach((place, row) => {
    const [x, y] = placed(place);
    const far = (x - left) ** 2 + (y - top) ** 2;
    if (far <= least) [best, least] = [row, far];
  });
  return best;
}
