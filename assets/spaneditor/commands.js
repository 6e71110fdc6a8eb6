/* Which command a key is. Pure: from an event and what the editor knows to [command, argument]. */

const MOVES = { ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last" };

/** The command of a key in the words: [name, argument], or null where the key is not ours. */
export function commandOf(event, { keys, rtl = false }) {
  const { key, shiftKey } = event;
  const graph = event.getModifierState?.("AltGraph") ?? false; // brackets of many keyboards
  if ((event.ctrlKey || event.metaKey) && !graph) return withControl(key, shiftKey);
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const step = (key === "ArrowRight") === rtl ? -1 : 1;
    if (event.altKey) return ["edge", [shiftKey ? "start" : "end", step]];
    return [shiftKey ? "extend" : "move", step];
  }
  if (event.altKey && !graph) return null;
  if (MOVES[key]) return [shiftKey ? "extend" : "move", MOVES[key]];
  return plainCommand(key, keys);
}

function plainCommand(key, keys) {
  const fixed = {
    Enter: ["choose"], " ": ["choose"], Delete: ["remove"], Backspace: ["remove"], Escape: ["leave"],
    "[": ["edge", ["end", -1]], "]": ["edge", ["end", 1]], "{": ["edge", ["start", -1]], "}": ["edge", ["start", 1]],
    ".": ["next", 1], ",": ["next", -1], m: ["take"], M: ["takeAll"], e: ["everywhere"],
    d: ["toggle", "model"], f: ["toggle", "file"], l: ["toggle", "loss"],
  };
  if (Object.hasOwn(fixed, key)) return fixed[key];
  return keys.has(key) ? ["assign", keys.get(key)] : null;
}

function withControl(key, shift) {
  if (key === "Enter") return ["save"];
  if (key === "z" || key === "Z") return [shift ? "redo" : "undo"];
  if (key === "y") return ["redo"];
  if (key === "c") return ["copy"];
  return null;
}
