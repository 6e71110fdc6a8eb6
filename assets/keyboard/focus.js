/* Whose a key is: the page's, or that of what has the focus.

   A field in which somebody types keeps its keys. It gives them back by itself: after Enter or
   Escape, and after an option or a "clear" was clicked. What a mouse has clicked keeps nothing;
   what the Tab key has reached keeps Enter, Space and arrows, as people expect it to act on them.
   An element with data-hamr-keys="own", or one within it, keeps all of its keys. */

export const OWN = "own";
const FIELDS = new Set(["textbox", "searchbox", "combobox", "spinbutton"]);
const BUTTONS = new Set(["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"]);
const ACTS = new Set(["Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Delete"]);

/** Whether keys write into this element. */
export function isField(element) {
  if (!element?.tagName) return false;
  const tag = element.tagName.toLowerCase();
  if (tag === "textarea" || tag === "select" || element.isContentEditable) return true;
  if (tag === "input") return !BUTTONS.has(element.type);
  return FIELDS.has(element.getAttribute?.("role"));
}

/** Whether the element that has the focus keeps a key; `path` leads from it outwards. */
export function keeps(path, key, byTab) {
  if (path.some((one) => one.dataset?.hamrKeys === OWN)) return true;
  const [inner] = path;
  if (isField(inner)) return true;
  const tag = inner?.tagName?.toLowerCase();
  return byTab && ACTS.has(key) && tag !== undefined && tag !== "body" && tag !== "html";
}

/** Whether a field gives the focus back after this key. */
export function leaves(field, { key, ctrlKey, metaKey, shiftKey }) {
  if (key === "Escape") return true;
  if (key !== "Enter") return false;
  const lines = field.tagName.toLowerCase() === "textarea" || field.isContentEditable;
  return lines ? Boolean(ctrlKey || metaKey) : !shiftKey;
}
