/* Entities of a sentence: {start, end, type}, words `start` to `end` - 1, from left to right.
   Two never share a word. Nothing here changes its arguments. */

export const byPlace = (a, b) => a.start - b.start || a.end - b.end;
export const overlap = (a, b) => a.start < b.end && b.start < a.end;
export const equal = (a, b) => a.start === b.start && a.end === b.end && a.type === b.type;

/** [[start, end, type], ...], as decisions have it, as spans. */
export const fromLabel = (label) => label.map(([start, end, type]) => ({ start, end, type })).sort(byPlace);

export const toLabel = (spans) => spans.map(({ start, end, type }) => [start, end, type]);

export const sameLabel = (a, b) => a.length === b.length && a.every((span, i) => equal(span, b[i]));

/** The span that a word belongs to, or null. */
export function spanAt(spans, word) {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].end <= word) low = middle + 1;
    else high = middle;
  }
  return low < spans.length && spans[low].start <= word ? spans[low] : null;
}

/** `spans` with one more; those that share a word with it make room and are given back. */
export function placed(spans, span) {
  const replaced = spans.filter((other) => overlap(other, span));
  const kept = spans.filter((other) => !overlap(other, span));
  return { spans: [...kept, span].sort(byPlace), replaced };
}

export const without = (spans, gone) => spans.filter((span) => !equal(span, gone));

/** `spans` with every one of `others`; what shares a word with these makes room. */
export function allPlaced(spans, others) {
  const kept = spans.filter((span) => !others.some((other) => overlap(span, other)));
  return [...kept, ...others].sort(byPlace);
}

/** A span with its "start" or "end" edge at another word, which it then includes.

    It keeps at least one word, stays in the sentence, and stops at its neighbour (`stopped`). */
export function edgeMoved(spans, span, side, word, count) {
  const place = spans.findIndex((other) => equal(other, span));
  const [before, after] = [spans[place - 1], spans[place + 1]];
  const moved = { ...span };
  let stopped = null;
  if (side === "start") {
    const least = before ? before.end : 0;
    moved.start = Math.min(Math.max(word, least), span.end - 1);
    if (word < least && before) stopped = before;
  } else {
    const most = after ? after.start : count;
    moved.end = Math.max(Math.min(word + 1, most), span.start + 1);
    if (word + 1 > most && after) stopped = after;
  }
  const changed = spans.map((other) => (equal(other, span) ? moved : other));
  return { spans: changed, span: moved, stopped };
}

/** Whose a span is: "file", "model", "file and model", or "own" of neither. */
export function ownerOf(span, file, model) {
  const [inFile, inModel] = [file, model].map((spans) => spans.some((other) => equal(other, span)));
  if (inFile) return inModel ? "file and model" : "file";
  return inModel ? "model" : "own";
}

/** The words of two selected ends as [start, end); both words are included. */
export const rangeOf = (anchor, word) => ({ start: Math.min(anchor, word), end: Math.max(anchor, word) + 1 });
