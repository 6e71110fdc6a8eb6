/* The words on the page: made once for a sentence, and changed only where a line changes. */

import { node } from "./dom.js";
import { linesOf, missingWidth, signature, widthOf } from "./layers.js";

const CHUNK = 200; // words of a block that is laid out on its own, in a long sentence
const LONG = 600; // words; a shorter sentence is one block

export class Words {
  constructor(area) {
    this.area = area;
    this.cells = []; // the element of each word
    this.signatures = new Map();
    this.range = null; // painted as selected
    this.cursor = null;
  }

  /** Another sentence. */
  show(words, shade, hardest) {
    this.words = words;
    this.signatures = new Map();
    this.range = null;
    this.cursor = null;
    this.cells = words.map((word, i) => {
      const cell = node("span", { class: i === hardest ? "w hard" : "w" }, word);
      if (shade?.[i]) cell.style.setProperty("--loss", shade[i]);
      cell.word = i;
      return cell;
    });
    const long = words.length > LONG;
    this.area.classList.toggle("long", long);
    if (!long) return this.area.replaceChildren(...this.cells);
    const blocks = [];
    for (let first = 0; first < this.cells.length; first += CHUNK) {
      blocks.push(node("div", { class: "chunk" }, ...this.cells.slice(first, first + CHUNK)));
    }
    return this.area.replaceChildren(...blocks);
  }

  /** Draws the lines of these spans; only words whose lines changed are touched. */
  paint(layers, shown, chosen, describe) {
    const lines = linesOf(layers, shown);
    const next = new Map();
    for (const [word, line] of lines) next.set(word, signature(line, chosen));
    for (const word of this.signatures.keys()) if (!next.has(word)) this.drawLines(word, null, chosen);
    for (const [word, now] of next) {
      if (this.signatures.get(word) !== now) this.drawLines(word, lines.get(word), chosen);
    }
    this.signatures = next;
    this.area.classList.toggle("below", [...lines.values()].some((line) => line.file));
    this.describe(layers.spans, describe);
  }

  drawLines(word, line, chosen) {
    const cell = this.cells[word];
    while (cell.childNodes.length > 1) cell.lastChild.remove();
    cell.style.minWidth = "";
    cell.classList.remove("picked");
    if (!line) return;
    let missing = 0;
    for (const layer of ["model", "own", "file"]) {
      const one = line[layer];
      if (!one) continue;
      cell.append(this.line(layer, one));
      if (one.first) missing = Math.max(missing, missingWidth(this.words, one));
    }
    if (missing) cell.style.minWidth = `${(widthOf(this.words[word]) + 1 + missing) * 0.55}em`;
    const { own } = line;
    if (!own) return;
    const picked = chosen !== null && own.span.start === chosen.start && own.span.end === chosen.end;
    cell.classList.toggle("picked", picked);
    for (const [side, there] of [["start", own.first], ["end", own.last]]) {
      if (there) cell.append(Object.assign(node("span", { class: `grip ${side}`, "aria-hidden": "true" }), { side, span: own.span }));
    }
  }

  line(layer, { span, first, last, text, look }) {
    const name = ["line", layer, `by-${look}`, first ? "first" : "", last ? "last" : ""].join(" ");
    const pressed = first && text && layer !== "file";
    const made = pressed ? node("button", { type: "button", tabindex: "-1", class: name }, text) : node("i", { class: name }, first ? text : "");
    return Object.assign(made, { layer, span });
  }

  /** The names of the spans for screen readers: each says how many there are. */
  describe(spans, sentence) {
    for (const span of spans) {
      const button = this.cells[span.start].querySelector("button.own");
      const words = sentence(span);
      if (button && button.getAttribute("aria-label") !== words) button.setAttribute("aria-label", words);
    }
  }

  /** Marks the selected words and the one with the cursor. */
  select(range, cursor) {
    this.mark(this.range, range, "selected");
    this.range = range;
    if (this.cursor !== cursor) {
      this.cells[this.cursor]?.classList.remove("cursor");
      this.cells[cursor]?.classList.add("cursor");
      this.cursor = cursor;
    }
  }

  mark(before, now, name) {
    const inside = (range, word) => range !== null && range.start <= word && word < range.end;
    for (let i = before?.start ?? 0; before && i < before.end; i += 1) if (!inside(now, i)) this.cells[i].classList.remove(name);
    for (let i = now?.start ?? 0; now && i < now.end; i += 1) if (!inside(before, i)) this.cells[i].classList.add(name);
  }

  /** The word at a place of the window; null where there is none. */
  wordAt(x, y) {
    const found = this.area.getRootNode().elementFromPoint(x, y)?.closest(".w");
    return found && this.area.contains(found) ? found.word : null;
  }

  /** The word in the line above (-1) or below (1), nearest in the direction of reading. */
  vertical(word, step) {
    const here = this.cells[word].getBoundingClientRect();
    const middle = (here.left + here.right) / 2;
    let [best, distance, line] = [null, Infinity, null];
    for (let i = word + step; i >= 0 && i < this.cells.length; i += step) {
      const box = this.cells[i].getBoundingClientRect();
      if (Math.abs(box.top - here.top) < 4) continue;
      line ??= box.top;
      if (Math.abs(box.top - line) >= 4) break;
      const off = Math.abs((box.left + box.right) / 2 - middle);
      if (off < distance) [best, distance] = [i, off];
    }
    return best;
  }
}
