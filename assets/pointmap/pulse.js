/* The neighbours of a row that was just chosen pulse for a moment, so that the eye finds them. */

const PULSE = 1200; // ms
const BEATS = 2;

/** How much larger a ring is at a moment, 1 when all is over. */
export function swelling(elapsed) {
  if (elapsed < 0 || elapsed >= PULSE) return 1;
  return 1 + 0.8 * Math.abs(Math.sin((elapsed / PULSE) * BEATS * Math.PI)) * (1 - elapsed / PULSE);
}

export class Pulse {
  constructor(map) {
    this.map = map;
    this.of = ""; // the points that pulsed last
  }

  /** These points are marked now; they pulse if they are others than before. */
  start(points) {
    const now = points.join(" ");
    if (now === this.of) return;
    this.of = now;
    if (!points.length || globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches) return;
    this.begin = performance.now();
    this.beat();
  }

  beat() {
    const size = swelling(performance.now() - this.begin);
    if (this.map.painter) this.map.painter.swelling = size;
    this.map.redraw();
    if (performance.now() - this.begin < PULSE) this.next = requestAnimationFrame(() => this.beat());
  }

  close() {
    cancelAnimationFrame(this.next);
  }
}
