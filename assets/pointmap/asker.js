/* The invisible element by which a map asks Python for the text of one point. It is an element of
   its own in a part of the page of its own, so that the answer draws nothing else again. */

import { registry } from "./registry.js";

export default function ({ data, setTriggerValue }) {
  if (!data) return undefined;
  const askers = (registry.askers ??= new Map());
  const ask = (point) => setTriggerValue("asked", point);
  askers.set(data.map, ask);
  return () => {
    if (askers.get(data.map) === ask) askers.delete(data.map);
  };
}
