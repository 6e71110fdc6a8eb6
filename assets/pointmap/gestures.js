/* Pointer, wheel and keyboard, translated into what the map can do. */

import { Fingers } from "./touch.js";

const CLICK_SLACK = 4; // a pointer that moves less than this, pixels, has clicked
const WHEEL_STEP = 1.0015; // zoom per pixel of wheel

/** Listen until the signal aborts. */
export function listen(map, signal) {
  const { root, surface } = map;
  const options = { signal };
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const fingers = new Fingers();
  let press = null; // where the pointer went down, what it does, what it has passed

  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    const at = place(event);
    fingers.down(event.pointerId, at);
    if (fingers.two) abandon(); // what the first finger began was the start of a pinch
    if (fingers.places.size > 1) return;
    const lasso = map.lassoMode || event.shiftKey;
    map.flight = null;
    press = { id: event.pointerId, start: at, last: at, moved: false, lasso, path: [map.view.toUnit(...at)] };
    map.hover(null);
  }, options);

  surface.addEventListener("pointermove", (event) => {
    const at = place(event);
    const pinch = fingers.move(event.pointerId, at);
    if (pinch) {
      map.view.pan(...pinch.pan);
      map.view.zoomAt(pinch.zoom, ...pinch.at);
      map.redraw();
    } else if (!press) {
      if (!fingers.places.size) map.hover(at);
    } else if (event.pointerId === press.id) {
      press.moved ||= Math.hypot(at[0] - press.start[0], at[1] - press.start[1]) > CLICK_SLACK;
      if (press.lasso) {
        press.path.push(map.view.toUnit(...at));
        map.sketch(press.path);
      } else if (press.moved) {
        map.view.pan(at[0] - press.last[0], at[1] - press.last[1]);
        map.redraw();
      }
      press.last = at;
    }
  }, options);

  surface.addEventListener("pointerup", (event) => {
    fingers.up(event.pointerId);
    if (!press || event.pointerId !== press.id) return;
    const { lasso, moved, path, last } = press;
    press = null;
    if (lasso && moved) map.closeLasso(path);
    else if (!moved) map.click(last);
    if (lasso && !moved) map.sketch(null);
  }, options);

  const abandon = () => {
    press = null;
    map.sketch(null);
  };
  surface.addEventListener("pointercancel", (event) => {
    fingers.up(event.pointerId);
    abandon();
  }, options);
  surface.addEventListener("pointerleave", () => map.hover(null), options);

  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    map.flight = null;
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
    map.view.zoomAt(WHEEL_STEP ** -pixels, ...place(event));
    map.redraw();
    map.hover(place(event)); // another point is under the pointer now
  }, { ...options, passive: false });

  const steps = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== root && event.key === "Enter") return; // it presses the button it is on
    if (map.stepping.key(event)) map.flight = null;
    else if (steps[event.key]) map.view.pan(...steps[event.key]);
    else if (event.key === "+" || event.key === "=") map.zoom(1.4);
    else if (event.key === "-") map.zoom(1 / 1.4);
    else if (event.key === "0") map.reset();
    else if (event.key === "l" || event.key === "L") map.setLassoMode(!map.lassoMode);
    else if (event.key === "Escape") press?.lasso ? abandon() : map.clear();
    else return;
    // The page has shortcuts of its own on some letters; these keys were meant for the map.
    event.preventDefault();
    event.stopPropagation();
    map.redraw();
  }, options);
}
