/* Entities edited on the words of a sentence. From Python come the sentence and its layers; to
   Python go the draft after each gesture (state "draft"), a save ("save"), and the wish to make
   the same change in other rows ("everywhere"). Word numbers count from 0, except for people. */

import { Bar } from "./bar.js";
import { Chooser } from "./chooser.js";
import { commandOf } from "./commands.js";
import { node } from "./dom.js";
import { Editing } from "./editing.js";
import { leadsIn, pressOnPage } from "./entering.js";
import { Keeping } from "./keeping.js";
import { listenToPointer } from "./pointer.js";
import { quoted, spanSentence, wordSentence } from "./saying.js";
import { equal, fromLabel, overlap, ownerOf, sameLabel } from "./spans.js";
import { typeKeys } from "./types.js";
import { Words } from "./words.js";

const LAYER_NAMES = { model: "The model's entities", file: "The file's entities", loss: "Loss" };

class SpanEditor {
  constructor(root) {
    this.root = root;
    this.shown = { model: true, file: true, loss: true };
    this.area = node("div", { class: "area", role: "application", tabindex: "0", dir: "auto", "data-testid": "span-words" });
    this.live = node("div", { class: "live", "aria-live": "polite", "data-testid": "span-live" });
    this.bar = new Bar(this);
    this.words = new Words(this.area);
    root.replaceChildren(this.bar.note, this.area, this.bar.tools, this.bar.legend, this.live);
    root.setAttribute("data-hamr-keys", "own");
    root.setAttribute("data-testid", "span-editor");
    this.chooser = new Chooser(root, { pick: (type) => this.assign(type), closed: (refocus) => refocus && this.focus() });
    this.keeping = new Keeping(this);
    this.listeners = new AbortController();
    this.listen(this.listeners.signal);
  }

  listen(signal) {
    listenToPointer(this, signal);
    this.root.addEventListener("keydown", (event) => this.keydown(event), { signal });
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.chooser.hide(false);
    }, { signal });
    document.addEventListener("keydown", (event) => {
      if (this.data?.readonly || !leadsIn(event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.enter();
    }, { signal, capture: true });
  }

  // ---- what comes in

  configure(data, setState, trigger) {
    const before = this.data;
    Object.assign(this, { data, setState, trigger, types: data.types, keys: typeKeys(data.types) });
    this.file = fromLabel(data.file);
    this.model = fromLabel(data.model);
    if (!before || sentenceOf(before) !== sentenceOf(data)) this.showWords(data);
    this.bar.alone(data.alone);
    this.keeping.settle();
    if (!before || draftOf(before) !== draftOf(data)) this.openRow(before);
    else this.keeping.hearRefusal();
    this.refresh();
  }

  showWords({ words, loss, hardest }) {
    this.words.show(words, loss, hardest);
    const help = "Arrow keys move, Shift selects, Enter lists the types, Escape leaves.";
    this.area.setAttribute("aria-label", `Sentence of ${words.length} words. ${help}`);
    const cell = this.words.cells[hardest];
    this.area.scrollTop = cell && this.area.classList.contains("long") ? cell.offsetTop - this.area.clientHeight / 2 : 0;
  }

  /** Another row, or another version of it, is on the page. */
  openRow(before) {
    this.keeping.stop();
    this.chooser.hide(false);
    if (before) this.root.getRootNode().activeElement?.blur(); // keys are the page's again
    this.start(fromLabel(this.data.current));
    this.root.dataset.row = this.data.about.row;
    this.keeping.open();
  }

  start(spans) {
    this.editing = new Editing(this.data.words, fromLabel(this.data.current), this.model, spans);
    this.bar.say(this.data.readonly || null);
  }

  // ---- keys

  keydown(event) {
    const { tagName } = this.root.getRootNode().activeElement ?? this.area;
    const onButton = tagName === "BUTTON" && ["Enter", " "].includes(event.key) && !event.ctrlKey && !event.metaKey;
    if (tagName === "INPUT" && !(event.key === "Enter" && (event.ctrlKey || event.metaKey))) return event.stopPropagation();
    if (event.key === "Tab" || tagName === "SUMMARY" || onButton) return event.stopPropagation();
    const rtl = getComputedStyle(this.area).direction === "rtl";
    const command = commandOf(event, { keys: this.keys, rtl });
    event.stopPropagation();
    if (command === null && (event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey)) return undefined;
    event.preventDefault();
    if (command !== null) return this[command[0]](command[1]);
    this.leave();
    return pressOnPage(event); // a letter that the words have no use for: Accept, Unsure, ...
  }

  focus() {
    this.area.focus({ preventScroll: true });
  }

  /** Into the words by a key: what is at the cursor is chosen. */
  enter() {
    this.focus();
    this.editing.move(this.editing.cursor);
    this.arrive();
  }

  leave() {
    this.editing.go(this.editing.cursor);
    this.refresh();
    this.root.getRootNode().activeElement?.blur();
  }

  move(step) {
    this.editing.move(this.target(step));
    this.arrive();
  }

  extend(step) {
    this.editing.extend(this.target(step));
    this.arrive();
  }

  target(step) {
    const last = this.data.words.length - 1;
    const { cursor } = this.editing;
    if (step === "first") return 0;
    if (step === "last") return last;
    if (typeof step === "string") return this.words.vertical(cursor, step === "up" ? -1 : 1) ?? cursor;
    return Math.max(0, Math.min(last, cursor + step));
  }

  next(step) {
    if (this.editing.next(step)) this.arrive();
    else this.say(step > 0 ? "No entity follows." : "No entity comes before.");
  }

  arrive() {
    this.refresh();
    this.words.cells[this.editing.cursor].scrollIntoView({ block: "nearest" });
    this.tell();
  }

  // ---- what the annotator does

  /** The list of types, at what is selected. */
  choose() {
    if (this.isReadonly()) return;
    const { editing } = this;
    if (!editing.chosen && editing.anchor === null) editing.anchor = editing.cursor;
    const { here, chosen } = editing;
    const [first, last] = [here.start, here.end - 1].map((word) => this.words.cells[word].getBoundingClientRect());
    const oneLine = Math.abs(first.top - last.top) < 4;
    const anchor = { left: Math.min(first.left, last.left), top: first.top, bottom: last.bottom };
    if (!oneLine) anchor.left = last.left;
    this.refresh();
    const title = `Type of “${quoted(this.data.words, here)}”`;
    this.chooser.show(title, anchor, this.types, this.keys, chosen?.type ?? null, this.extras(here));
  }

  /** What can be done here apart from choosing a type. */
  extras(here) {
    const { chosen, spans } = this.editing;
    const model = this.model.find((span) => overlap(span, here) && !spans.some((own) => equal(own, span)));
    const take = model && [`Take the model's: ${quoted(this.data.words, model)}, ${model.type}`, "M", () => this.take(model)];
    return [take, chosen && ["Remove", "Delete", () => this.remove()]].filter(Boolean);
  }

  assign(type) {
    if (this.isReadonly()) return;
    if (!this.types.includes(type)) {
      this.types = [...this.types, type];
      this.keys = typeKeys(this.types);
    }
    this.did(this.editing.assign(type));
  }

  remove() {
    if (!this.isReadonly()) this.did(this.editing.remove());
  }

  edge([side, step]) {
    if (!this.isReadonly()) this.did(this.editing.edge(side, step));
  }

  take(span) {
    if (!this.isReadonly()) this.did(this.editing.take(span));
  }

  takeAll() {
    if (!this.isReadonly()) this.did(this.editing.takeAll());
  }

  undo() {
    this.did(this.editing.undo());
  }

  redo() {
    this.did(this.editing.redo());
  }

  /** Shows, says and keeps what a gesture did. */
  did({ changed, sentence, warning }) {
    if (changed) {
      this.bar.say(warning || null);
      this.keeping.changed();
    } else if (warning) this.bar.say(warning);
    this.chooser.hide(false);
    this.refresh();
    this.focus();
    this.say([sentence, warning].filter(Boolean).join(" "));
  }

  toggle(layer) {
    this.shown[layer] = !this.shown[layer];
    this.refresh();
    this.say(`${LAYER_NAMES[layer]}: ${this.shown[layer] ? "shown" : "hidden"}.`);
  }

  copy() {
    const { start, end } = this.editing.here;
    navigator.clipboard?.writeText(this.data.words.slice(start, end).join(" "));
  }

  // ---- what goes out

  save() {
    if (!this.isReadonly()) this.keeping.save();
  }

  everywhere() {
    if (this.data.alone || this.isReadonly()) return;
    if (!this.editing.changed) this.say("Change an entity first; then the same change is offered for the same words in other rows.");
    else this.trigger("everywhere", { ...this.keeping.payload(), at: Date.now() });
  }

  // ---- what is shown and said

  refresh() {
    const { editing } = this;
    const { spans, chosen, range, cursor } = editing;
    const layers = { spans, model: this.model, file: this.file };
    const owner = (span) => ownerOf(span, this.file, this.model);
    this.words.paint(layers, this.shown, chosen, (span) => spanSentence(this.data.words, spans, span, owner(span)));
    this.words.select(range, cursor);
    this.root.classList.toggle("no-loss", !this.shown.loss);
    this.root.dataset.draft = String(editing.changed);
    this.bar.layers(this.shown);
    this.bar.enable({
      changed: editing.changed,
      canUndo: editing.history.past.length > 0,
      canTake: !sameLabel(this.model, spans),
      readonly: Boolean(this.data.readonly),
    });
  }

  say(sentence) {
    // The same sentence again is announced only if its text differs.
    this.live.textContent = this.live.textContent === sentence ? `${sentence}\u00a0` : sentence;
  }

  tell() {
    const { words } = this.data;
    const { range, cursor, spans } = this.editing;
    const several = range && range.end - range.start > 1;
    const owner = (span) => ownerOf(span, this.file, this.model);
    this.say(several ? `selected words ${range.start + 1} to ${range.end}: ${quoted(words, range)}` : wordSentence(words, cursor, spans, this.model, owner));
  }

  isReadonly() {
    if (this.data.readonly) this.say(this.data.readonly);
    return Boolean(this.data.readonly);
  }

  close() {
    this.keeping.stop();
    this.listeners.abort();
    this.root.replaceChildren();
  }
}

const sentenceOf = ({ words, loss, hardest }) => JSON.stringify([words, loss, hardest]);

/** What makes a row on the page another one, for the draft. */
const draftOf = ({ about, current, readonly }) => JSON.stringify([about, current, readonly]);

const editors = new WeakMap();

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".spaneditor");
  if (!root || !data) return undefined;
  // Streamlit calls this on every change of data or theme: one editor per place, kept.
  if (!editors.has(root)) editors.set(root, new SpanEditor(root));
  editors.get(root).configure(data, setStateValue, setTriggerValue);
  return () => {
    editors.get(root)?.close();
    editors.delete(root);
  };
}
