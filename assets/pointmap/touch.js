/* Two fingers on the map: spreading them zooms, moving them pans. */

/** What two fingers have done from one pair of places to the next: {zoom, at, pan}, pixels. */
export function pinched([a, b], [c, d]) {
  const middle = ([px, py], [qx, qy]) => [(px + qx) / 2, (py + qy) / 2];
  const apart = ([px, py], [qx, qy]) => Math.max(1, Math.hypot(px - qx, py - qy));
  const [from, to] = [middle(a, b), middle(c, d)];
  return { zoom: apart(c, d) / apart(a, b), at: to, pan: [to[0] - from[0], to[1] - from[1]] };
}

export class Fingers {
  constructor() {
    this.places = new Map(); // of the fingers that are down, by pointer
  }

  get two() {
    return this.places.size === 2;
  }

  down(pointer, at) {
    this.places.set(pointer, at);
  }

  up(pointer) {
    this.places.delete(pointer);
  }

  /** A finger has moved: what both have done since, null while there are not two. */
  move(pointer, at) {
    if (!this.places.has(pointer)) return null;
    const before = [...this.places.values()];
    this.places.set(pointer, at);
    return this.two ? pinched(before, [...this.places.values()]) : null;
  }
}
