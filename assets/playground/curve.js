/* The weight curves of a method with the batch on them, as an SVG drawing. */

const WIDE = 320;
const HIGH = 190;
const LEFT = 38;
const BELOW = 34;
const TOP = 8;

const svgTag = (name, attributes, ...inside) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
};

/* Where a value of an axis is, in the drawing. */
function scalesOf(axes) {
  const span = axes.to - axes.from;
  const within = (x) => Math.max(axes.from, Math.min(axes.to, x));
  return {
    across: (x) => LEFT + ((within(x) - axes.from) / span) * (WIDE - LEFT - 8),
    upwards: (y) => TOP + (1 - y / axes.top) * (HIGH - TOP - BELOW),
  };
}

function curveLine({ across, upwards }, x, values, name) {
  const points = x.map((one, at) => `${across(one).toFixed(1)},${upwards(values[at]).toFixed(1)}`);
  return svgTag("polyline", { points: points.join(" "), class: name });
}

/* Whose curve it is, written on it: each further right than the one before, so that none overlap. */
function curveName({ across, upwards }, curves, values, number) {
  const at = Math.round(((number + 1) / (curves.names.length + 1)) * (curves.x.length - 1));
  const y = upwards(values[at]);
  const place = { x: across(curves.x[at]), y: y < TOP + 14 ? y + 14 : y - 5, "text-anchor": "middle" };
  return svgTag("text", place, `class ${curves.names[number]}`);
}

function axesOf(axes, { across, upwards }) {
  const found = svgTag("g", { class: "axes" });
  for (let x = axes.from; x <= axes.to; x += axes.step) {
    found.append(
      svgTag("line", { x1: across(x), x2: across(x), y1: upwards(0), y2: upwards(0) + 4 }),
      svgTag("text", { x: across(x), y: upwards(0) + 15, "text-anchor": "middle" }, String(x)),
    );
  }
  for (const y of axes.top > 1 ? [...Array(axes.top + 1).keys()] : [0, 0.5, 1]) {
    found.append(
      svgTag("line", { x1: LEFT - 4, x2: WIDE - 8, y1: upwards(y), y2: upwards(y), class: "grid" }),
      svgTag("text", { x: LEFT - 7, y: upwards(y) + 4, "text-anchor": "end" }, String(y)),
    );
  }
  const middle = across((axes.from + axes.to) / 2);
  found.append(
    svgTag("text", { x: middle, y: HIGH - 4, "text-anchor": "middle" }, axes.x),
    svgTag("text", {
      x: 0, y: 0, "text-anchor": "middle", transform: `translate(10 ${upwards(axes.top / 2)}) rotate(-90)`,
    }, axes.y),
  );
  return found;
}

/* `which` is "before" or "both". */
export function curveDrawing(curves, which, chosen) {
  const found = svgTag("svg", {
    viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img",
    "aria-label": `Weight curve: ${curves.axes.y} over the ${curves.axes.x}, with the points of the batch`,
  });
  const scales = scalesOf(curves.axes);
  found.append(axesOf(curves.axes, scales));
  curves.names.forEach((name, at) => {
    found.append(curveLine(scales, curves.x, curves.before[at], "before"));
    if (which === "both") found.append(curveLine(scales, curves.x, curves.after[at], "after"));
    const shown = which === "both" ? curves.after : curves.before;
    if (name) found.append(curveName(scales, curves, shown[at], at));
  });
  const on = which === "both" ? curves.on_after : curves.on_before;
  curves.row.forEach((row, at) => {
    const own = row === chosen ? "own" : "dot";
    found.append(
      svgTag("circle", {
        cx: scales.across(curves.at[at]), cy: scales.upwards(on[at]), r: row === chosen ? 5 : 2.6, class: own,
      }),
    );
  });
  return found;
}
