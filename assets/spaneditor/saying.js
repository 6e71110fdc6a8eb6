/* What the editor says: to screen readers, in labels, in notes. People count words from 1. */

import { spanAt } from "./spans.js";

const OWNERS = {
  file: "by the file", model: "by the model", own: "by you", "file and model": "by the file and the model",
};
const MOST_QUOTED = 8; // words of a span that are quoted

export const quoted = (words, { start, end }) =>
  words.slice(start, Math.min(end, start + MOST_QUOTED)).join(" ") + (end - start > MOST_QUOTED ? " …" : "");

/** "span 2 of 5: New York, place, by the file". */
export function spanSentence(words, spans, span, owner) {
  return `span ${spans.indexOf(span) + 1} of ${spans.length}: ${quoted(words, span)}, ${span.type}, ${OWNERS[owner]}`;
}

/** "word 3 of 12: York", and the spans it is in. */
export function wordSentence(words, word, spans, model, ownerOfSpan) {
  const parts = [`word ${word + 1} of ${words.length}: ${words[word]}`];
  const own = spanAt(spans, word);
  if (own) parts.push(`in ${spanSentence(words, spans, own, ownerOfSpan(own))}`);
  const other = spanAt(model, word);
  if (other && !(own && own.start === other.start && own.end === other.end && own.type === other.type)) {
    parts.push(`the model says ${quoted(words, other)}, ${other.type}`);
  }
  return parts.join("; ");
}

/** A label in words: "New York (place), Ada (person)". */
export const labelSentence = (words, spans) =>
  spans.map((span) => `${quoted(words, span)} (${span.type})`).join(", ") || "no entity";

/** What made room for a span, as a sentence; "" for nothing. */
export function replacedSentence(words, replaced) {
  if (!replaced.length) return "";
  const which = replaced.map((span) => `“${quoted(words, span)}” (${span.type})`).join(" and ");
  return `It replaces ${which}: entities can't share a word. Undo (Ctrl+Z) brings it back.`;
}

export const stoppedSentence = (words, span) =>
  `The border stops at “${quoted(words, span)}” (${span.type}): entities can't share a word.`;

/** The hour and minute of a draft; its date too if it is not of today. */
export function clock(time, now = Date.now()) {
  const [then, today] = [new Date(time), new Date(now)];
  const hour = `${String(then.getHours()).padStart(2, "0")}:${String(then.getMinutes()).padStart(2, "0")}`;
  const day = `${then.getFullYear()}-${String(then.getMonth() + 1).padStart(2, "0")}-${String(then.getDate()).padStart(2, "0")}`;
  return then.toDateString() === today.toDateString() ? hour : `${day} ${hour}`;
}
