/* The link to what is on screen. The address of the page follows a moment later, as the app hears of
   it; whoever copies the link before that gets it from here. */

/* Put the place into the parts of an address: `shown` has the step, from 1, and stage, point and
   `together`. Also the first stage, since a link without any begins to play. */
export function putPlace(parts, { step, stage, point, together }) {
  const put = (name, value) => (value === null ? parts.delete(name) : parts.set(name, String(value)));
  put("step", step > 1 ? step : null);
  put("stage", stage + 1);
  put("point", point >= 0 ? point : null);
  put("side", together ? 1 : null);
}
