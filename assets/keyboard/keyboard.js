/* The keys of a page: one listener for all of them, which presses the page's own buttons.

   Streamlit's shortcuts of buttons are dead while a filter has the focus, and lose keys while the
   page is drawn again. The page sends which key presses which button (hamr/ui/widgets/keyboard.py);
   this element listens, and says in words when a key could not be used. Nothing is pressed that
   people could not press themselves: a button that is hidden or disabled stays as it is. */

import { isField, keeps, leaves } from "./focus.js";
import { keyNames } from "./names.js";
import { Presses } from "./presses.js";

const STATE = "data-test-script-state"; // of Streamlit's outermost element
const DIALOG = '[role="dialog"]:not([data-testid="stPopoverBody"])';
const CHOSEN = '[role="option"], [aria-label="Clear value"], [aria-label="Clear all"], [data-testid="stMultiSelectTagsContainer"] button';

const PULLED_BACK = 400; // ms in which an open popover takes the focus back into the field left

class Keyboard {
  constructor(root) {
    this.root = root;
    this.byTab = false; // whether the focus was moved by the Tab key
    this.leftAt = null; // when a field was left, until somebody goes into one again
    this.presses = new Presses(this);
    this.ended = new AbortController();
    const options = { capture: true, signal: this.ended.signal };
    window.addEventListener("keydown", (event) => this.down(event), options);
    window.addEventListener("pointerdown", () => ([this.byTab, this.leftAt] = [false, null]), options);
    window.addEventListener("focusin", (event) => this.focused(event), options);
    window.addEventListener("click", (event) => this.clicked(event), options);
    this.watch();
  }

  watch() {
    const app = document.querySelector("[data-testid=stApp]");
    const tell = () => {
      this.presses.running(app?.getAttribute(STATE) === "running");
      this.mark();
    };
    this.states = new MutationObserver(tell);
    if (app) this.states.observe(app, { attributeFilter: [STATE] });
    this.dialogs = new MutationObserver(() => this.dialogsChanged());
    this.dialogs.observe(document.body, { childList: true });
    this.hadDialog = false;
  }

  close() {
    this.ended.abort();
    this.states.disconnect();
    this.dialogs.disconnect();
  }

  configure(data) {
    const spoken = {}; // which keys press each button, for screen readers
    for (const [name, { target }] of Object.entries(data.keys)) {
      (spoken[target] ??= []).push(name.replace("Mod+", "Control+"));
    }
    for (const [target, names] of Object.entries(spoken)) {
      this.button(target)?.setAttribute("aria-keyshortcuts", names.join(" "));
    }
    this.presses.configure(data);
    this.mark();
  }

  /** Says on the element whether a key would wait now, for scripts that drive the page. */
  mark() {
    this.root.dataset.busy = this.presses.isBusy;
  }

  down(event) {
    const path = event.composedPath();
    if (event.key === "Tab") [this.byTab, this.leftAt] = [true, null];
    if (event.isComposing || event.keyCode === 229 || document.querySelector(DIALOG)) return;
    const isPages = isField(path[0]) && !path.some((one) => one.dataset?.hamrKeys);
    const isLeft = isPages && this.leftAt !== null;
    if (isLeft) {
      path[0].blur(); // it was left, and got the focus back without anybody's doing
    } else if (isPages) {
      if (leaves(path[0], event)) this.leave(path[0]);
      return;
    }
    if (!isLeft && keeps(path, event.key, this.byTab)) return;
    const names = keyNames(event);
    const letter = event.key.length === 1 && !event.ctrlKey && !event.metaKey ? event.key : "";
    // A key that is held down repeats itself; that is no second press.
    const used = event.repeat ? names.some((name) => name in this.presses.keys) : this.presses.down(names, letter);
    this.mark();
    if (!used) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  clicked(event) {
    if (document.querySelector(DIALOG) || !event.composedPath().some((one) => one.matches?.(CHOSEN))) return;
    this.leave(document.activeElement);
  }

  /** Gives the focus back to the page, once the field itself has dealt with the key or click. */
  leave(field) {
    this.leftAt = performance.now();
    setTimeout(() => {
      const now = document.activeElement;
      if (isField(now) && (now === field || !isField(field))) now.blur();
      this.byTab = false;
    });
  }

  /** A field that gets the focus long after one was left is one that somebody went into. */
  focused({ target }) {
    if (isField(target) && this.leftAt !== null && performance.now() - this.leftAt > PULLED_BACK) {
      this.leftAt = null;
    }
  }

  dialogsChanged() {
    const has = document.querySelector(DIALOG) !== null;
    if (this.hadDialog && !has) {
      // Streamlit returns the focus to what had it before; the page gets it instead.
      setTimeout(() => document.querySelector(DIALOG) ?? document.activeElement?.blur());
      this.byTab = false;
    }
    this.hadDialog = has;
  }

  button(target) {
    return document.querySelector(`.st-key-${CSS.escape(target)} button`);
  }

  // --- what Presses has done ---

  press(target) {
    const button = this.button(target);
    if (!button || button.disabled || !button.checkVisibility()) return false;
    button.click();
    return true;
  }

  focus(target) {
    const field = document.querySelector(`.st-key-${CSS.escape(target)} input`);
    if (!field || field.disabled) return false;
    this.leftAt = null;
    field.focus();
    return document.activeElement === field;
  }

  type(text) {
    // As if it were typed, so that the field hears of it.
    if (text) document.execCommand("insertText", false, text);
  }

  say(sentence) {
    if (this.root.textContent !== sentence) this.root.textContent = sentence;
  }

  later(milliseconds, what) {
    const timer = setTimeout(() => {
      what();
      this.mark();
    }, milliseconds);
    return () => clearTimeout(timer);
  }
}

const keyboards = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".keyboard");
  if (!root || !data) return undefined;
  if (!keyboards.has(root)) keyboards.set(root, new Keyboard(root));
  keyboards.get(root).configure(data);
  return () => {
    keyboards.get(root)?.close();
    keyboards.delete(root);
  };
}
