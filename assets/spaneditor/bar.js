/* The note above the words, the row of buttons below them, and the legend. */

import { node } from "./dom.js";

const LAYERS = [
  ["model", "Model", "D", "Dashed line above the words: the model's entities. Click its name to take one."],
  ["file", "File", "F", "Dotted line below: entities of the file that are changed or removed here."],
  ["loss", "Loss", "L", "Shade: the word's loss; the framed word has the highest."],
];

const HELP = [
  ["Drag over words, or double-click one", "new entity; then its type's key"],
  ["Click an entity, then a key", "another type"],
  ["Drag a border", "longer or shorter"],
  ["← → · Shift+← →", "move · select"],
  ["Enter · 1, 2, …", "list of types · that type"],
  ["[ ] · { }", "end · beginning one word left or right"],
  [", .", "previous, next entity"],
  ["Delete", "remove"],
  ["M · Shift+M", "take the model's entity here · all of them"],
  ["E", "apply to all: the same words in other rows"],
  ["Ctrl+Z · Ctrl+Shift+Z", "undo · redo in this sentence"],
  ["Ctrl+Enter", "save and go on"],
  ["Esc", "leave the words: keys act on the page again"],
];

export class Bar {
  constructor(editor) {
    const button = (name, text, key, act) => {
      const made = node("button", { type: "button", class: name, "data-testid": `span-${name}` }, text, node("kbd", {}, key));
      made.onclick = act;
      return made;
    };
    this.buttons = {
      save: button("save", "Save", "Ctrl+Enter", () => editor.save()),
      undo: button("undo", "Undo", "Ctrl+Z", () => editor.undo()),
      takeAll: button("take-all", "Take the model's", "Shift+M", () => editor.takeAll()),
      everywhere: button("everywhere", "Apply to all", "E", () => editor.everywhere()),
      edit: button("edit", "Edit", "T", () => editor.enter()),
    };
    this.toggles = Object.fromEntries(
      LAYERS.map(([layer, text, key, title]) => {
        const made = button(`layer-${layer}`, text, key, () => editor.toggle(layer));
        made.title = title;
        return [layer, made];
      }),
    );
    this.tools = node("div", { class: "tools", role: "toolbar", "aria-label": "Entities" }, ...Object.values(this.buttons), node("span", { class: "gap" }), ...Object.values(this.toggles));
    this.note = node("div", { class: "note", role: "status", hidden: "", "data-testid": "span-note" });
    this.legend = this.makeLegend();
  }

  makeLegend() {
    const sample = (look, text) => node("span", { class: "key" }, node("i", { class: `sample ${look}` }), text);
    const rows = HELP.flatMap(([key, meaning]) => [node("dt", {}, key), node("dd", {}, meaning)]);
    return node(
      "details", { class: "legend" },
      node("summary", {}, "Legend and keys"),
      node(
        "p", {},
        sample("file", "solid, below: in the file"), sample("model", "dashed, below: taken from the model"),
        sample("own", "double, below: yours"), sample("above", "dashed, above: the model says so"),
        sample("gone", "dotted, lowest: the file says so, changed here"), sample("framed", "framed: sets the sentence's loss"),
      ),
      node("dl", {}, ...rows),
    );
  }

  /** Which buttons can be pressed now. */
  enable({ changed, canUndo, canTake, readonly }) {
    const { save, undo, takeAll, everywhere, edit } = this.buttons;
    save.disabled = readonly || !changed;
    undo.disabled = readonly || !canUndo;
    takeAll.disabled = readonly || !canTake;
    everywhere.disabled = readonly || !changed;
    edit.disabled = readonly;
  }

  /** A sentence that is no row: there is no file, no loss, and no other row. */
  alone(isAlone) {
    const { file, loss } = this.toggles;
    for (const button of [this.buttons.everywhere, file, loss]) button.hidden = isAlone;
  }

  layers(shown) {
    for (const [layer, button] of Object.entries(this.toggles)) button.setAttribute("aria-pressed", String(shown[layer]));
  }

  /** A sentence with buttons: [text, act]; null hides it. */
  say(sentence, ...acts) {
    this.note.hidden = sentence === null;
    if (sentence === null) return;
    const buttons = acts.map(([text, act]) => {
      const button = node("button", { type: "button" }, text);
      button.onclick = act;
      return button;
    });
    this.note.replaceChildren(node("span", {}, sentence), ...buttons);
  }
}
