/* The presenter's and the tour's keys, and one click that copies the link to exactly this view.

   A key presses an ordinary button of the page, found by the key of its widget; nothing happens by
   a key that people could not do by the button. Clickers send Page Down and Page Up. While a field,
   a list or a table has the focus, or something is open, its keys are its own. */

const OWN = "input, textarea, select, canvas, [contenteditable=true], [role=slider], [role=combobox]," +
  " [role=listbox], [role=grid], [role=tab], [role=radio], [role=menu], [data-hamr-keys]";
const OPEN = "[role=dialog], [role=listbox], [data-testid=stPopoverBody], .modebar-menu";
const kept = new WeakMap();

/** The name of a press: "PageDown", "Shift+PageDown", "Escape"; "" for one with other keys held. */
function nameOf({ key, shiftKey, ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey ? "" : `${shiftKey ? "Shift+" : ""}${key}`;
}

/** Whether the key belongs to what has the focus. */
function isKept(event) {
  return event.defaultPrevented || event.isComposing || document.querySelector(OPEN) !== null ||
    event.composedPath().some((one) => one.matches?.(OWN));
}

function press(event, keys) {
  const target = keys[nameOf(event)];
  if (!target || event.repeat || isKept(event)) return;
  const button = document.querySelector(`.st-key-${CSS.escape(target)} button`);
  if (!button || button.disabled) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  button.click();
}

/* The keys of pages are heard before a stepper of the page hears them, since only those that it
   leaves alone are among `keys`; the others after all that may have a use for them. */
const isOfPages = (event) => event.key.startsWith("Page");

/* The link to what is on screen. The address may lag behind a part of the page that goes through its
   stages in the browser alone: such a part hears the event, and puts its place into the link. */
function linkOfView() {
  const event = new CustomEvent("hamr-link", { detail: new URL(window.location.href) });
  window.dispatchEvent(event);
  return event.detail.href;
}

async function copy({ field, said }) {
  field.value = linkOfView();
  try {
    await navigator.clipboard.writeText(field.value);
    field.hidden = true;
    said.textContent = "Link copied.";
  } catch { // no permission, or a page that is not served from this machine or by https
    field.hidden = false;
    field.focus();
    field.select();
    said.textContent = "Press Ctrl+C or ⌘C to copy the link.";
  }
}

function first(root) {
  const parts = {
    button: root.querySelector("button"), field: root.querySelector("input"), said: root.querySelector("span"),
    keys: {},
  };
  const ended = new AbortController();
  for (const capture of [true, false]) {
    const heard = (event) => isOfPages(event) === capture && press(event, parts.keys);
    window.addEventListener("keydown", heard, { capture, signal: ended.signal });
  }
  parts.button.addEventListener("click", () => copy(parts), { signal: ended.signal });
  parts.field.addEventListener("blur", () => {
    parts.field.hidden = true;
    parts.said.textContent = "";
  }, { signal: ended.signal });
  parts.end = () => ended.abort();
  root.dataset.listens = "true";
  return parts;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".presenter");
  if (!root || !data) return undefined;
  if (!kept.has(root)) kept.set(root, first(root));
  const parts = kept.get(root);
  parts.keys = data.keys;
  parts.button.hidden = !data.copies;
  return () => {
    parts.end();
    kept.delete(root);
  };
}
