/* How the page begins: the batch of the first step is drawn point by point, before the eyes. */

export const REVEAL = 2000; // ms

/* How many of `count` points are there after that many milliseconds. */
export function revealed(count, elapsed) {
  return Math.max(1, Math.min(count, Math.ceil((count * elapsed) / REVEAL)));
}

/* Call `show` with the number of points, up to all of them, for as long as `wanted` says so. */
export function reveal(count, wanted, show) {
  const began = performance.now();
  const frame = (now) => {
    if (!wanted()) return show(count);
    const there = revealed(count, now - began);
    show(there);
    return there < count ? requestAnimationFrame(frame) : undefined;
  };
  frame(began);
}
