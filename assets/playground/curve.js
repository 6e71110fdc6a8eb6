/* The weight curve s = sigmoid(V(z)) with the batch on it, as an SVG drawing. */

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

const across = (z) => LEFT + ((Math.max(-3, Math.min(3, z)) + 3) / 6) * (WIDE - LEFT - 8);
const upwards = (s) => TOP + (1 - s) * (HIGH - TOP - BELOW);

function curveLine(z, values, name) {
  const points = z.map((one, at) => `${across(one).toFixed(1)},${upwards(values[at]).toFixed(1)}`);
  return svgTag("polyline", { points: points.join(" "), class: name });
}

function axes() {
  const found = svgTag("g", { class: "axes" });
  for (const z of [-3, -2, -1, 0, 1, 2, 3]) {
    found.append(
      svgTag("line", { x1: across(z), x2: across(z), y1: upwards(0), y2: upwards(0) + 4 }),
      svgTag("text", { x: across(z), y: upwards(0) + 15, "text-anchor": "middle" }, String(z)),
    );
  }
  for (const s of [0, 0.5, 1]) {
    found.append(
      svgTag("line", { x1: LEFT - 4, x2: WIDE - 8, y1: upwards(s), y2: upwards(s), class: "grid" }),
      svgTag("text", { x: LEFT - 7, y: upwards(s) + 4, "text-anchor": "end" }, String(s)),
    );
  }
  const middle = across(0);
  found.append(
    svgTag("text", { x: middle, y: HIGH - 4, "text-anchor": "middle" }, "z-score of the loss (sd)"),
    svgTag("text", {
      x: 0, y: 0, "text-anchor": "middle", transform: `translate(10 ${upwards(0.5)}) rotate(-90)`,
    }, "s = sigmoid(V(z))"),
  );
  return found;
}

/* `which` is "before" or "both". */
export function curveDrawing(curves, which, chosen) {
  const found = svgTag("svg", {
    viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img",
    "aria-label": "Weight curve: s over the z-score of the loss, with the points of the batch",
  });
  found.append(axes(), curveLine(curves.z, curves.before, "before"));
  if (which === "both") found.append(curveLine(curves.z, curves.after, "after"));
  const s = which === "both" ? curves.s_after : curves.s_before;
  curves.row.forEach((row, at) => {
    const own = row === chosen ? "own" : "dot";
    found.append(
      svgTag("circle", {
        cx: across(curves.at[at]), cy: upwards(s[at]), r: row === chosen ? 5 : 2.6, class: own,
      }),
    );
  });
  return found;
}
