/* The list of types that opens at a selection: a key for each, a search, and new types. */

import { node } from "./dom.js";
import { choices, unfit } from "./types.js";

let chooserCount = 0;

export class Chooser {
  /** `pick(type)` is called with what is chosen, `closed(refocus)` when the list is gone. */
  constructor(root, { pick, closed }) {
    this.root = root;
    this.pick = pick;
    this.closed = closed;
    this.id = `chooser-${(chooserCount += 1)}`;
    this.search = node("input", {
      type: "text", class: "search", placeholder: "/ Search or new type", autocomplete: "off", spellcheck: "false",
      role: "combobox", "aria-expanded": "true", "aria-controls": `${this.id}-list`, "aria-label": "Search types, or name a new one",
    });
    this.list = node("div", { class: "types", role: "listbox", tabindex: "-1", id: `${this.id}-list`, "aria-label": "Types" });
    this.more = node("div", { class: "more" });
    this.problem = node("p", { class: "problem", role: "alert", hidden: "" });
    this.box = node("div", { class: "chooser", role: "dialog", hidden: "", "data-testid": "span-chooser" }, this.search, this.list, this.problem, this.more);
    root.append(this.box);
    this.search.addEventListener("input", () => this.fill());
    this.box.addEventListener("keydown", (event) => this.keydown(event));
    this.box.addEventListener("pointerdown", (event) => event.stopPropagation());
  }

  get open() {
    return !this.box.hidden;
  }

  /** Opens at a box of the window; `now` is the type that is there, if any, and `extra` what can
      be done apart from choosing a type: [text, key, act]. */
  show(title, anchor, types, keys, now, extra) {
    Object.assign(this, { types, keys, now });
    this.keyOf = new Map([...keys].map(([key, type]) => [type, key]));
    this.search.value = "";
    this.box.setAttribute("aria-label", title);
    this.more.replaceChildren(
      ...extra.map(([text, key, act]) => {
        const button = node("button", { type: "button" }, text, node("kbd", {}, key));
        button.onclick = act;
        return button;
      }),
    );
    this.box.hidden = false;
    this.fill();
    this.place(anchor);
    this.list.focus({ preventScroll: true });
  }

  place(anchor) {
    const home = this.root.getBoundingClientRect();
    const width = this.box.offsetWidth;
    const left = Math.max(0, Math.min(anchor.left - home.left, home.width - width));
    const height = this.box.offsetHeight;
    const above = anchor.bottom + height > innerHeight && anchor.top - height > 0;
    this.box.style.left = `${left}px`;
    this.box.style.top = `${above ? anchor.top - home.top - height : anchor.bottom - home.top}px`;
  }

  hide(refocus = true) {
    if (!this.open) return;
    this.box.hidden = true;
    this.closed(refocus);
  }

  fill() {
    this.found = choices(this.types, this.search.value);
    this.problem.hidden = true;
    this.list.replaceChildren(
      ...this.found.map(({ type, made }, i) => {
        const name = made ? `Create type ${type}` : type;
        const option = node("div", { role: "option", id: `${this.id}-${i}`, class: made ? "new" : "" }, name);
        const key = made ? null : this.keyOf.get(type);
        if (key) option.append(node("kbd", {}, key));
        option.addEventListener("click", () => this.take(i));
        return option;
      }),
    );
    const current = this.found.findIndex(({ type, made }) => !made && type === this.now);
    this.point(this.search.value ? 0 : Math.max(0, current));
  }

  point(place) {
    this.at = Math.max(0, Math.min(place, this.found.length - 1));
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === this.at)));
    for (const one of [this.search, this.list]) one.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  take(place) {
    const chosen = this.found[place];
    if (!chosen) return;
    const reason = chosen.made ? unfit(chosen.type) : "";
    this.problem.hidden = !reason;
    this.problem.textContent = reason;
    if (reason) return;
    this.pick(chosen.type);
    this.hide();
  }

  keydown(event) {
    if (event.isComposing) return event.stopPropagation(); // a word of an input method
    const inSearch = event.target === this.search;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if ((event.ctrlKey || event.metaKey) && (!inSearch || event.key === "Enter")) return undefined; // Save, Undo
    if (event.key === "Escape") this.hide();
    else if (steps[event.key]) this.point(this.at + steps[event.key]);
    else if (event.key === "Enter" && event.target.tagName !== "BUTTON") this.take(this.at);
    else if (event.key === "Tab" || inSearch) return event.stopPropagation();
    else if (event.key === "/") this.search.focus();
    else return undefined; // a key of the editor: one of a type, Delete, the model's
    event.preventDefault();
    return event.stopPropagation();
  }
}
