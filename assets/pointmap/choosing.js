/* What the reader points at: the row under the pointer, the polygon of a lasso, the picture. */

const PICK_PIXELS = 12;
const LASSO_CORNERS = 60; // keeps the answer below 1 kB and the shared link short

/** The row nearest to a pixel, null if none is within reach; dimmed classes are passed by. */
function nearest([px, py], { parts, view, legend }) {
  if (!parts.points || !parts.style) return null;
  const [ux, uy] = view.toUnit(px, py).map((value) => value * 65535);
  const [kx, ky] = view.scale.map((value) => value / 65535);
  const { x, y } = parts.points.arrays;
  const { colour } = parts.style.arrays;
  const faded = Array.from({ length: 256 }, (_, code) => legend.faded(code));
  let best = PICK_PIXELS ** 2;
  let row = null;
  // One pass over a million packed points takes a few milliseconds: no index to keep.
  for (let i = 0; i < x.length; i += 1) {
    const dx = (x[i] - ux) * kx;
    const dy = (y[i] - uy) * ky;
    const distance = dx * dx + dy * dy;
    if (distance < best && !faded[colour[i]]) [best, row] = [distance, i];
  }
  return row;
}

/** A drawn path, unit coordinates, as few packed corners; null if it encloses nothing. */
function packedLasso(path, view) {
  const [sx, sy] = view.scale;
  const pixels = path.map(([x, y]) => [x * sx, y * sy]);
  let tolerance = 1; // pixels
  let kept = simplify(pixels, tolerance);
  while (kept.length > LASSO_CORNERS) {
    tolerance *= 1.5;
    kept = simplify(pixels, tolerance);
  }
  if (kept.length < 3) return null;
  return kept.map(([x, y]) => [Math.round((x / sx) * 65535), Math.round((y / sy) * 65535)]);
}

/** x, y, x, y, ... packed -> [[x, y], ...] in unit coordinates. */
function corners(lasso) {
  return Array.from({ length: lasso.length / 2 }, (_, i) => [lasso[2 * i] / 65535, lasso[2 * i + 1] / 65535]);
}

/** Rows whose flag has that bit. */
function flagged(flag, bit) {
  const rows = [];
  for (let i = 0; i < flag.length; i += 1) if (flag[i] & bit) rows.push(i);
  return Uint32Array.from(rows);
}

/** Offer what is shown as a PNG; nothing is sent anywhere. */
function savePicture(map) {
  map.paint(); // WebGL keeps its picture only until the task ends
  const picture = element("canvas", { width: map.canvas.width, height: map.canvas.height });
  const pen = picture.getContext("2d");
  pen.fillStyle = map.look.background;
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.drawImage(map.canvas, 0, 0);
  pen.drawImage(map.surface, 0, 0);
  picture.toBlob((blob) => {
    const link = URL.createObjectURL(blob);
    element("a", { href: link, download: `${map.config.filename}.png` }).click();
    URL.revokeObjectURL(link);
  });
}
