/* Keys between the page and the words: T leads into them, and what is not theirs goes back. */

const ENTER_KEY = "t";
const WRITES = "input, textarea, [contenteditable=true], [role=dialog], [data-hamr-keys=own]";
const DIALOG = "[data-testid=stDialog], [role=dialog][aria-modal=true]";

/** Whether a key on the page leads into the words: not while somebody writes or answers a dialog. */
export function leadsIn(event) {
  const other = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing;
  if (other || event.key?.toLowerCase() !== ENTER_KEY) return false;
  return !event.composedPath().some((one) => one.matches?.(WRITES)) && !document.querySelector(DIALOG);
}

/** Acts as if a key had been pressed on the page. */
export function pressOnPage({ key, code, shiftKey }) {
  const options = { key, code, shiftKey, bubbles: true, cancelable: true, composed: true };
  document.body.dispatchEvent(new KeyboardEvent("keydown", options));
  document.body.dispatchEvent(new KeyboardEvent("keyup", options));
}
