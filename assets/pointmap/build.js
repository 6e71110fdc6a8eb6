/* The elements of a map: toolbar, canvases, tip, legend, and what is below it. */

import { element } from "./dom.js";
import { savePicture } from "./picture.js";

const TOOLS = [
  ["zoom-in", "+", "Zoom in (+)", (map) => map.zoom(1.4)],
  ["zoom-out", "−", "Zoom out (-)", (map) => map.zoom(1 / 1.4)],
  ["reset", "⤢", "Show everything (0)", (map) => map.reset()],
  ["lasso", "Lasso", "Draw round rows (L, or shift and drag)", (map) => map.setLassoMode(!map.lassoMode)],
  ["clear", "Clear", "Drop the lasso and the chosen row (Esc)", (map) => map.clear()],
  ["player", "Play", "Play the epochs one after the other", (map) => map.player.open()],
  ["png", "PNG", "Save what is shown as a picture", savePicture],
];

/** Put the elements of `map` into its root, and onto the map under their names. */
export function build(map) {
  const { root } = map;
  map.canvas = element("canvas", { "data-testid": "pointmap-canvas", "aria-hidden": "true" });
  map.signs = element("canvas", { "aria-hidden": "true" }); // of the layer
  map.surface = element("canvas", { class: "surface", "data-testid": "pointmap-surface", "aria-hidden": "true" });
  map.tip = element("div", { class: "tip", role: "status", "data-testid": "pointmap-tip", hidden: "" });
  map.message = element("p", { class: "message", role: "alert", "data-testid": "pointmap-message", hidden: "" });
  map.side = element("div", { class: "legend", "data-testid": "pointmap-legend" });
  map.tools = Object.fromEntries(TOOLS.map((tool) => [tool[0], toolButton(map, ...tool)]));
  const bar = element("div", { class: "tools", role: "toolbar", "aria-label": "Map" }, ...Object.values(map.tools));
  map.stage = element("div", { class: "stage" }, map.canvas, map.signs, map.surface, map.tip, map.message);
  root.replaceChildren(element("div", { class: "plane" }, bar, map.stage, map.histogram.host, map.player.host), map.side);
  root.tabIndex = 0;
  root.setAttribute("role", "application");
  root.setAttribute("data-testid", "pointmap");
}

function toolButton(map, name, sign, title, act) {
  const button = element("button", { type: "button", title, "aria-label": title, "data-testid": `pointmap-${name}` }, sign);
  button.onclick = () => {
    act(map);
    map.redraw();
  };
  return button;
}
