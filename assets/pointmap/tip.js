/* What is said of the point under the pointer: its text and its facts. They come as feeds of their
   own (hamr/views/base/tips.py); where there are too many points to send all texts, the text of a
   point is asked for once the pointer rests on it. */

import { element } from "./dom.js";
import { short } from "./numbers.js";
import { registry } from "./registry.js";

const REST = 60; // ms that the pointer rests on a point before its text is asked for
const decoder = new TextDecoder();

/** The text of a point, "" if it is not here. */
export function textOf(point, { texts, asked }) {
  if (texts) {
    const { text, end } = texts.arrays;
    return decoder.decode(text.subarray(point ? end[point - 1] : 0, end[point]));
  }
  return asked?.values.point === point ? asked.values.text : "";
}

/** The nodes of a text, with what it is about as a mark, where the texts have marks. */
export function marked(text, { texts, asked }) {
  const [before, own, after] = text.split(/[\u27e6\u27e7]/);
  if (!(texts ?? asked)?.values.marked || own === undefined) return [text];
  return [before, element("mark", {}, own), after ?? ""];
}

/** The facts of a point as pairs [title, value in words]; what is not known is left out. */
export function factsOf(point, { facts, asked }) {
  const answer = asked?.values.point === point ? asked : null; // of this point alone
  const known = facts ?? answer;
  if (!known) return [];
  return known.values.facts.flatMap(({ title, kind, names }, i) => {
    const value = known.arrays[i][facts ? point : 0];
    if (Number.isNaN(value) || (kind === "name" && !names[value])) return [];
    return [[title, kind === "name" ? names[value] : kind === "share" ? share(value) : short(value)]];
  });
}

function share(value) {
  if (value > 0 && value < 0.01) return "< 1 %";
  if (value < 1 && value > 0.99) return "> 99 %";
  return `${Math.round(value * 100)} %`;
}

export class Tip {
  constructor(host) {
    this.host = host;
    this.point = null;
  }

  /** Show what is known of a point at a pixel; null hides it. `parts` are the map's feeds. */
  show(point, at, title, map) {
    this.map = map;
    if (point !== this.point) this.ask(point);
    this.point = point;
    this.at = at;
    this.title = title;
    this.host.hidden = point === null;
    if (point !== null) this.fill();
  }

  /** More has come in: say it, if the pointer is still there. */
  refresh() {
    if (this.point !== null && this.map) this.fill();
  }

  fill() {
    const { parts, view } = this.map;
    const text = textOf(this.point, parts);
    const facts = factsOf(this.point, parts).map(([title, value]) =>
      element("span", {}, element("b", {}, title), ` ${value}`),
    );
    this.host.replaceChildren(
      element("div", { class: "title" }, this.title),
      ...(text ? [element("div", { class: "text", dir: "auto" }, ...marked(text, parts))] : []),
      ...(facts.length ? [element("div", { class: "facts" }, ...facts)] : []),
    );
    const [x, y] = this.at;
    const [width, height] = view.size;
    const side = x > width / 2 ? `right:${width - x + 12}px` : `left:${x + 12}px`;
    const edge = y > height / 2 ? `bottom:${Math.max(4, height - y - 12)}px` : `top:${Math.max(4, y - 12)}px`;
    this.host.style.cssText = `${side};${edge}`;
  }

  ask(point) {
    clearTimeout(this.timer);
    const { parts, config } = this.map;
    if (point === null || parts.texts) return;
    this.timer = setTimeout(() => registry.askers?.get(config.map)?.(point), REST);
  }
}
