/* What an annotator has made of a sentence, gesture by gesture. */

import { sameLabel } from "./spans.js";

export class History {
  constructor(base, spans = base) {
    this.base = base; // as the sentence is without the draft
    this.spans = spans;
    this.past = [];
    this.future = [];
  }

  get changed() {
    return !sameLabel(this.base, this.spans);
  }

  /** Takes a gesture; false if it changed nothing. */
  change(spans) {
    if (sameLabel(spans, this.spans)) return false;
    this.past.push(this.spans);
    this.future = [];
    this.spans = spans;
    return true;
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.spans);
    this.spans = from.pop();
    return true;
  }
}
