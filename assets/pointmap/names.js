/* Names drawn on the map: of regions, and of classes. Fewer when zoomed out, more when zoomed in:
   a name is drawn where it overlaps none that weighs more. */

const LONGEST = 34; // characters; a longer name is cut
const PADDING = 4; // pixels between two names
const SIZES = { region: 13, doubtful: 12, class: 12 };
const FONTS = { region: "600", doubtful: "400", class: "italic 400" }; // doubtful: could be chance

/** Which names are drawn, heaviest first: [{name, text, x, y, width, height}], pixels of the
    middle. `measure(text, kind)` gives a text's width; `plot` is the rectangle of the points; letters
    are `scale` times as large as usual. */
export function placed(names, toPixel, measure, [left, top, width, height], scale = 1) {
  const kept = [];
  for (const name of [...names].sort((a, b) => b.weight - a.weight)) {
    const [x, y] = toPixel(name.x, name.y);
    if (x < left || x > left + width || y < top || y > top + height) continue;
    const text = shortened(name.text);
    const box = { name, text, width: measure(text, name.kind), height: SIZES[name.kind] * scale + 4 };
    // Near the edge a name is moved inwards, so that all of it can be read.
    const half = box.width / 2 + PADDING;
    box.x = width < 2 * half ? left + width / 2 : Math.min(left + width - half, Math.max(left + half, x));
    box.y = Math.min(top + height - box.height / 2 - 2, Math.max(top + box.height / 2 + 2, y));
    if (!kept.some((other) => overlap(box, other))) kept.push(box);
  }
  return kept;
}

function shortened(text) {
  const letters = [...text];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : text;
}

function overlap(a, b) {
  return (
    Math.abs(a.x - b.x) < (a.width + b.width) / 2 + PADDING &&
    Math.abs(a.y - b.y) < (a.height + b.height) / 2 + PADDING
  );
}

function font(kind, look) {
  return `${FONTS[kind]} ${SIZES[kind] * (look.scale ?? 1)}px ${look.font}`;
}

/** Draw the names; where each stands, for the pointer. */
export function drawNames(pen, view, names, look, chosen) {
  const measure = (text, kind) => {
    pen.font = font(kind, look);
    return pen.measureText(text).width;
  };
  const boxes = placed(names, (x, y) => view.toPixel(x, y), measure, view.plot, look.scale);
  pen.save();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const { name, text, x, y } of boxes) {
    pen.font = font(name.kind, look);
    // A rim in the colour of the page keeps a name legible on points of any colour.
    pen.strokeStyle = look.background;
    pen.lineWidth = 4;
    pen.globalAlpha = 0.9;
    pen.strokeText(text, x, y);
    pen.globalAlpha = 1;
    pen.fillStyle = chosen && name.id === chosen ? look.accent : look.text;
    pen.fillText(text, x, y);
  }
  pen.restore();
  return boxes;
}

/** The region whose name is at a pixel; null if there is none. */
export function regionAt([px, py], boxes) {
  const found = boxes.find(
    ({ name, x, y, width, height }) =>
      name.kind !== "class" && Math.abs(px - x) <= width / 2 && Math.abs(py - y) <= height / 2 + 2,
  );
  return found ? found.name.id : null;
}
