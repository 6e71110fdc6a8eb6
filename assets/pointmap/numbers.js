/* Numbers on axes and in the legend. */

/** Round tick values (1, 2 or 5 times a power of ten) within [low, high]. */
export function ticks(low, high, most) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = power * ([1, 2, 5, 10].find((m) => span / (power * m) <= most) ?? 10);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i += 1) {
    found.push(i * step + 0); // + 0 turns -0, which would be written with its sign, into 0
  }
  return found;
}

/** A number in at most four digits: "0.25", "1,200", "3.0e-7". */
export function short(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(1);
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}
