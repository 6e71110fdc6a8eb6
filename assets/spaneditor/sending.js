/* A save on its way: sent again with the same id until the page says what became of it. */

const PAUSES = [4000, 8000, 16000, 30000]; // ms before it is sent again

export class Sending {
  constructor(send, timer = globalThis) {
    this.send = send; // of the payload
    this.timer = timer;
    this.payload = null;
  }

  start(payload) {
    this.stop();
    this.payload = payload;
    this.tries = 0;
    this.again();
  }

  again() {
    this.send({ ...this.payload, sent: (this.tries += 1) }); // a number makes it another event
    const pause = PAUSES[Math.min(this.tries, PAUSES.length) - 1];
    this.waiting = this.timer.setTimeout(() => this.payload && this.again(), pause);
  }

  get client() {
    return this.payload?.client ?? null;
  }

  stop() {
    this.timer.clearTimeout(this.waiting);
    this.payload = null;
  }
}
