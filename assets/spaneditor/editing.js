/* One sentence under the annotator's hands: the cursor, the selection, the chosen span, and what
   gestures do to the entities. No page: the editor shows what is here.

   A gesture that can change entities gives {changed, sentence, warning}: whether it did, what it
   did, and what else people should know. */

import { History } from "./history.js";
import { labelSentence, quoted, replacedSentence, stoppedSentence } from "./saying.js";
import { allPlaced, edgeMoved, equal, overlap, placed, rangeOf, spanAt, without } from "./spans.js";

const said = (sentence) => ({ changed: false, sentence, warning: "" });

export class Editing {
  constructor(words, base, model, spans = base) {
    Object.assign(this, { words, model, history: new History(base, spans) });
    this.cursor = 0; // a word
    this.anchor = null; // the word where a selection began
    this.chosen = null; // a span, to be changed by the next key
    this.dragged = null; // a border under way
  }

  get spans() {
    return this.dragged?.preview ?? this.history.spans;
  }

  get changed() {
    return this.history.changed;
  }

  get range() {
    return this.anchor === null ? null : rangeOf(this.anchor, this.cursor);
  }

  get anchorWord() {
    return this.anchor ?? this.cursor;
  }

  /** What the next key is about: the selection, the chosen span, that at the cursor, or its word. */
  get here() {
    return this.range ?? this.chosen ?? spanAt(this.spans, this.cursor) ?? rangeOf(this.cursor, this.cursor);
  }

  // ---- where

  go(cursor, anchor = null, chosen = null) {
    Object.assign(this, { cursor, anchor, chosen });
  }

  move(word) {
    this.go(word, null, spanAt(this.spans, word));
  }

  extend(word) {
    this.go(word, this.anchorWord);
  }

  /** To the next (1) or the previous (-1) entity; false where there is none. */
  next(step) {
    const others = this.spans.filter((span) => (step > 0 ? span.start > this.cursor : span.end <= this.cursor));
    const span = step > 0 ? others[0] : others.at(-1);
    if (span) this.go(span.start, null, span);
    return Boolean(span);
  }

  /** A click on a word: chooses its entity, else selects it, or is the other end of a selection. */
  point(word, otherEnd = false) {
    const span = spanAt(this.spans, word);
    if (otherEnd && this.anchor !== null && !span) this.cursor = word;
    else this.go(word, span ? null : word, span);
    return span;
  }

  // ---- what

  assign(type) {
    const { start, end } = this.here;
    const span = { start, end, type };
    const { spans, replaced } = placed(this.spans, span);
    const others = replaced.filter((other) => other.start !== start || other.end !== end);
    this.go(end - 1, null, span);
    return this.change(spans, `“${quoted(this.words, span)}” is ${type}.`, replacedSentence(this.words, others));
  }

  remove() {
    const { range, chosen } = this;
    const gone = chosen ? [chosen] : this.spans.filter((span) => overlap(span, range ?? rangeOf(this.cursor, this.cursor)));
    if (!gone.length) return said("There is no entity here.");
    this.chosen = null;
    const named = gone.map((span) => `“${quoted(this.words, span)}” (${span.type})`).join(" and ");
    return this.change(gone.reduce(without, this.spans), `Removed ${named}.`);
  }

  /** Moves a border of the chosen span by so many words. */
  edge(side, step) {
    const span = this.chosen ?? spanAt(this.spans, this.cursor);
    if (!span) return said("There is no entity here.");
    return this.edgeTo(span, side, side === "start" ? span.start + step : span.end - 1 + step);
  }

  edgeTo(span, side, word) {
    const moved = edgeMoved(this.spans, span, side, word, this.words.length);
    this.go(side === "start" ? moved.span.start : moved.span.end - 1, null, moved.span);
    const stopped = moved.stopped ? stoppedSentence(this.words, moved.stopped) : "";
    return this.change(moved.spans, `The entity is now “${quoted(this.words, moved.span)}”.`, stopped);
  }

  startEdge(span, side) {
    this.go(span.start, null, span);
    this.dragged = { span, side, word: null };
  }

  dragEdge(word) {
    const { span, side } = this.dragged;
    const moved = edgeMoved(this.history.spans, span, side, word, this.words.length);
    this.dragged = { span, side, word, preview: moved.spans };
    this.chosen = moved.span;
  }

  /** The border is let go of; null if it was not moved. */
  endEdge() {
    const { span, side, word } = this.dragged;
    this.dragged = null;
    return word === null ? null : this.edgeTo(span, side, word);
  }

  /** Takes one of the model's entities: that one, or the one at the cursor. */
  take(span = spanAt(this.model, this.cursor)) {
    if (!span) return said("The model has no entity here.");
    const { spans, replaced } = placed(this.spans, span);
    this.go(span.start, null, span);
    const others = replaced.filter((other) => !equal(other, span));
    return this.change(spans, `Took the model's “${quoted(this.words, span)}” (${span.type}).`, replacedSentence(this.words, others));
  }

  /** The model's entities for the whole sentence, and no others. */
  takeAll() {
    this.go(this.cursor);
    return this.change(allPlaced([], this.model), `The sentence has the model's entities: ${labelSentence(this.words, this.model)}.`);
  }

  change(spans, sentence, warning = "") {
    return { changed: this.history.change(spans), sentence, warning };
  }

  undo() {
    return this.turned(this.history.undo(), "Undone", "There is nothing to undo in this sentence.");
  }

  redo() {
    return this.turned(this.history.redo(), "Redone", "There is nothing to redo in this sentence.");
  }

  turned(done, word, otherwise) {
    if (!done) return said(otherwise);
    this.go(this.cursor);
    return { changed: true, sentence: `${word}: ${labelSentence(this.words, this.spans)}.`, warning: "" };
  }
}
