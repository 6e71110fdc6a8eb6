/* Which presses of keys are carried out at once, which wait, and which are given up.

   A press that decides on a row belongs to the row that was on screen when the key went down.
   While the page is being drawn again presses wait, in their order. Then each is carried out if
   its row is still the one on screen; if it is not, it is given up, and a sentence says so: nobody
   has seen the row that it would have decided on. Undo, Back and the like belong to no row. So no
   press is lost in silence, and none acts on a row that was not shown.

   The page is being drawn from a press, or from the moment the script starts, until the page has
   sent the row and its keys (`configure`), or until the script has ended without (`running`).

   `hands` does the work: press(target), focus(target), type(text), say(sentence), and
   later(milliseconds, what), which returns a way to cancel it. */

export const MOST_WAITING = 8;
const SETTLING = 80; // ms
const PATIENCE = 10_000; // ms without an answer after which keys are tried again

export class Presses {
  constructor(hands) {
    this.hands = hands;
    this.row = null; // the row on screen; null while there is none
    this.keys = {}; // name -> { target, of_row, field, label }
    this.waiting = []; // { name, row, letter }
    this.sent = false; // whether a press is on its way to the page
    this.started = false; // whether the script has started since
    this.isRunning = false;
    this.isDrawn = true; // whether the script has sent the row since it started
    this.cancel = null;
  }

  get isBusy() {
    return this.sent || !this.isDrawn;
  }

  /** The page shows this row, with these keys. */
  configure({ row, keys }) {
    this.row = row;
    this.keys = keys;
    this.isDrawn = true;
    this.answered();
  }

  /** The script has started or ended. */
  running(is) {
    if (is && !this.isRunning) {
      this.isDrawn = false;
      this.started = true;
    }
    this.isRunning = is;
    // One that was running before the press may end before the next one starts. What the script
    // has sent last may be painted a moment after its end.
    if (!is && (!this.sent || this.started)) this.hands.later(SETTLING, () => this.ended());
  }

  ended() {
    if (this.isRunning || (this.sent && !this.started)) return;
    this.isDrawn = true;
    this.answered();
  }

  /** A key went down; `names` as of keyNames, `letter` what it writes. Whether it was used. */
  down(names, letter = "") {
    const name = names.find((one) => one in this.keys);
    const typing = this.waiting.some((one) => this.keys[one.name]?.field);
    if (name === undefined && !(typing && letter)) return false;
    if (!this.isBusy && !this.waiting.length) {
      this.act(this.keys[name], name);
    } else if (this.waiting.length < MOST_WAITING) {
      this.waiting.push({ name, row: this.row, letter });
    } else {
      this.hands.say("The page is still busy: wait a moment, then press the key again.");
    }
    return true;
  }

  answered() {
    this.sent = false;
    this.cancel?.();
    this.cancel = null;
    while (this.waiting.length && !this.isBusy) this.next();
  }

  next() {
    const { name, row } = this.waiting.shift();
    const key = this.keys[name];
    if (!key) {
      if (name !== undefined) this.hands.say(`The key ${shownAs(name)} has no use here.`);
    } else if (key.of_row && row !== this.row) {
      this.waiting = this.waiting.filter((one) => one.row === this.row);
      this.hands.say(
        `${shownAs(name)} was pressed before this row was shown, so it was not used. Press it again.`,
      );
    } else {
      this.act(key, name);
      if (!key.field) return;
      // What was typed after the key that leads into a field belongs into the field.
      this.hands.type(this.waiting.map((one) => one.letter).join(""));
      this.waiting = [];
    }
  }

  act(key, name) {
    this.hands.say("");
    if (key.field) {
      if (!this.hands.focus(key.target)) this.refuse(key, name);
    } else if (this.hands.press(key.target)) {
      this.sent = true;
      this.started = false;
      this.cancel = this.hands.later(PATIENCE, () => {
        this.isDrawn = true;
        this.answered();
      });
    } else {
      this.refuse(key, name);
    }
  }

  refuse(key, name) {
    this.hands.say(`${shownAs(name)} (${key.label}) can't be used now.`);
  }
}

const SHOWN = { ArrowLeft: "Left arrow", " ": "Space" };

function shownAs(name) {
  const own = name.split("+").at(-1);
  const shown = SHOWN[own] ?? (own.length === 1 ? own.toUpperCase() : own);
  return name.replace(/^Mod\+/, "Ctrl+").replace(/[^+]+$/, shown);
}
