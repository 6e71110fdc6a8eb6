/* Which lines a word carries: pure, from the spans to a description of each covered word. */

import { equal, ownerOf } from "./spans.js";

const LABEL_SUFFIX = { file: "", "file and model": "", model: " (model)", own: " (you)" };

/** Word -> {own, model, file}, each {span, first, last, text, look}; only words with a line.

    `shown` says which layers are on. The file's layer has what the draft no longer has. */
export function linesOf({ spans, model, file }, shown) {
  const lines = new Map();
  const put = (layer, span, text, look) => {
    for (let word = span.start; word < span.end; word += 1) {
      if (!lines.has(word)) lines.set(word, {});
      lines.get(word)[layer] = { span, first: word === span.start, last: word === span.end - 1, text, look };
    }
  };
  for (const span of spans) {
    const owner = ownerOf(span, file, model);
    put("own", span, span.type + LABEL_SUFFIX[owner], owner.split(" ")[0]);
  }
  const agreed = (span) => spans.some((own) => equal(own, span));
  if (shown.model) for (const span of model) put("model", span, agreed(span) ? "" : `model: ${span.type}`, agreed(span) ? "agrees" : "differs");
  if (shown.file) for (const span of file) if (!agreed(span)) put("file", span, `file: ${span.type}`, "differs");
  return lines;
}

/** A text that is the same for two descriptions of a word exactly if they look the same. */
export function signature(line, chosen) {
  return ["own", "model", "file"]
    .map((layer) => {
      const one = line?.[layer];
      if (!one) return "";
      const picked = layer === "own" && chosen !== null && equal(one.span, chosen);
      return [one.span.start, one.span.end, one.text, one.look, one.first, one.last, picked].join("/");
    })
    .join("|");
}

/** How wide a text is in characters of the page's font; Chinese, Japanese and Korean count two. */
export const widthOf = (text) =>
  [...text].reduce((sum, mark) => sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(mark) ? 2 : 1), 0);

/** By how many characters the first word must be wider, so that a label is no longer than its words. */
export function missingWidth(words, { span, text }) {
  const room = words.slice(span.start, span.end).reduce((sum, word) => sum + widthOf(word) + 1, 0);
  return Math.max(0, widthOf(text) * 0.8 + 1.5 - room);
}
