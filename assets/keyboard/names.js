/* What a press of a key is called: "a", "7", "?", "Enter", "ArrowLeft", "Mod+z", "Mod+Shift+z".

   A press may have several names, the best one first. Letters have no case. Where a keyboard
   writes other letters (Greek, Cyrillic) or needs Shift for digits (French), the place of the key
   counts as well, after what it writes. */

const NAMED = ["Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Delete", " "];

export function keyNames({ key, code = "", ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey || !key) return [];
  if (ctrlKey || metaKey) {
    return letters(key, code).map((letter) => `Mod+${shiftKey ? "Shift+" : ""}${letter}`);
  }
  if (NAMED.includes(key)) return shiftKey ? [] : [key];
  if (key.length !== 1) return [];
  const digit = !shiftKey && code.match(/^Digit(\d)$/)?.[1];
  const named = /[a-z]/i.test(key) ? (shiftKey ? [] : [key.toLowerCase()]) : [key];
  if (!shiftKey) named.push(...letters(key, code));
  if (digit) named.push(digit);
  return [...new Set(named)];
}

/** The Latin letter that a key writes, else the one that is printed on it elsewhere. */
function letters(key, code) {
  if (/^[a-z]$/i.test(key)) return [key.toLowerCase()];
  const place = code.match(/^Key([A-Z])$/)?.[1];
  return place && key.length === 1 && key > "\u007f" ? [place.toLowerCase()] : [];
}
