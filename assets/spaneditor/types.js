/* The entity types: the key of each, and the search among them. */

// Letters that the editor (d e f l m) or the page (a b o s t u z) uses for something else are missing.
export const TYPE_KEYS = "1234567890cghijknpqrvwxy";

/** Key -> type, in the order of the types; those after the last key are found by search. */
export function typeKeys(types) {
  return new Map([...TYPE_KEYS].slice(0, types.length).map((key, i) => [key, types[i]]));
}

/** What the chooser lists for a search: types that match, then the new one, if it is one. */
export function choices(types, search) {
  const wanted = search.trim().toLowerCase();
  const begins = types.filter((type) => type.toLowerCase().startsWith(wanted));
  const holds = types.filter((type) => !begins.includes(type) && type.toLowerCase().includes(wanted));
  const found = [...begins, ...holds].map((type) => ({ type, made: false }));
  const name = search.trim();
  if (name && !types.includes(name)) found.push({ type: name, made: true });
  return found;
}

/** Why a name can't be a new type; "" if it can. A type is a part of a tag, so it has no blanks. */
export function unfit(name) {
  if (/\s/u.test(name)) return `“${name}” has a blank: write a type as one word, e.g. “${name.replace(/\s+/gu, "_")}”.`;
  if ([...name].length > 100) return "A type has at most 100 characters.";
  return "";
}
