/* The player of a replay: a timeline of epochs, and what goes along it. Python hears of the epoch
   that is wanted next, of playing and of the speed ("go"), and of the end ("end"). While it plays,
   the next epoch is asked for once the page has drawn the one before and it was seen for a
   while: no epoch is skipped, however slow a page is. */

const SEEN = 1_600; // milliseconds that a drawn epoch is seen at speed 1
const LOOK = 120; // between two looks at whether the page is drawn
const SPEEDS = [0.5, 1, 2, 4];
const MARKS = { best: "★", boosts: "●", checkpoints: "■" };
// What has a use of its own for the keys.
const BUSY = "button, a, input, textarea, select, summary, canvas, [contenteditable], [role], [data-hamr-keys=own]";
const KEPT = new Map();

function part(kind, name, ...inside) {
  const found = document.createElement(kind);
  found.className = name;
  found.append(...inside);
  return found;
}

function button(name, sign, said, act) {
  const found = part("button", name, sign);
  found.type = "button";
  found.title = said;
  found.setAttribute("aria-label", said);
  found.onclick = act;
  return found;
}

/* The epoch that is shown, or under the thumb while it is dragged. */
class Player {
  constructor(root) {
    this.root = root;
    this.asked = null; // the place that Python was asked for and has not drawn yet
    this.drawn = null; // when the page was last found drawn
    this.playing = false;
    this.build();
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
  }

  build() {
    this.back = button("", "◀", "One epoch back (comma)", () => this.step(-1));
    this.toggle = button("toggle", "", "", () => this.play(!this.playing));
    this.forward = button("", "▶", "One epoch on (full stop)", () => this.step(1));
    this.slider = part("input", "");
    Object.assign(this.slider, { type: "range", min: 0, step: 1 });
    this.slider.setAttribute("aria-label", "Epoch of the replay");
    this.slider.oninput = () => {
      const at = Number(this.slider.value); // `pause` puts it back to the epoch that is shown
      this.pause();
      this.say(at);
    };
    this.slider.onchange = () => this.go(Number(this.slider.value));
    this.slider.onkeydown = (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.play(!this.playing);
    };
    this.marks = part("div", "marks");
    this.marks.setAttribute("aria-hidden", "true"); // the legend says where they are
    this.text = part("span", "text");
    this.speed = part("select", "", ...SPEEDS.map((speed) => new Option(`${speed}×`, speed)));
    this.speed.setAttribute("aria-label", "Speed");
    this.speed.title = "Speed: at 1×, each epoch is seen for 1.6 seconds once it is drawn";
    this.speed.onchange = () => this.tell();
    const end = button("end", "End replay", "End the replay: show the whole run", () => this.send("end", true));
    this.legend = part("p", "legend");
    this.note = part("p", "note");
    this.note.setAttribute("role", "status");
    const line = part("div", "line", this.marks, this.slider);
    this.root.replaceChildren(
      part("div", "row", this.back, this.toggle, this.forward, line, this.text, this.speed, end),
      this.legend, this.note,
    );
  }

  configure(data, send) {
    const isFirst = !this.data;
    Object.assign(this, { data, send });
    if (isFirst) {
      this.playing = data.playing && data.at < data.epochs.length - 1;
      this.speed.value = SPEEDS.includes(data.speed) ? data.speed : 1;
    }
    if (data.at === this.asked || isFirst) this.asked = null;
    this.drawn = null;
    this.slider.max = data.epochs.length - 1;
    this.slider.disabled = data.epochs.length < 2;
    this.note.textContent = data.note;
    this.note.hidden = !data.note;
    this.legend.textContent = data.legend;
    this.mark();
    if (this.asked === null) this.say(data.at);
    this.schedule();
  }

  mark() {
    const { epochs, marks } = this.data;
    const found = [];
    for (const [kind, sign] of Object.entries(MARKS)) {
      for (const epoch of marks[kind]) {
        // One sign at a place: the best epoch is said first, then a checkpoint.
        if (kind === "boosts" && [...marks.best, ...marks.checkpoints].includes(epoch)) continue;
        if (kind === "checkpoints" && marks.best.includes(epoch)) continue;
        const at = epochs.indexOf(epoch);
        if (at < 0) continue;
        const made = part("span", kind, sign);
        made.style.left = `${(100 * at) / Math.max(1, epochs.length - 1)}%`;
        found.push(made);
      }
    }
    this.marks.replaceChildren(...found);
  }

  say(at) {
    const { epochs, says } = this.data;
    this.slider.value = at;
    this.slider.setAttribute("aria-valuetext", says[at]);
    const [epoch, ...rest] = says[at].split(" · ");
    this.text.replaceChildren(part("b", "", epoch), rest.length ? ` · ${rest.join(" · ")}` : "");
    this.back.disabled = at <= 0;
    this.forward.disabled = at >= epochs.length - 1;
    this.toggle.textContent = this.playing ? "❚❚ Pause" : "▶ Play";
    const said = this.playing ? "Pause (Space)" : "Play (Space)";
    this.toggle.title = said;
    this.toggle.setAttribute("aria-label", said);
    this.root.dataset.playing = String(this.playing);
    this.root.dataset.epoch = epochs[at];
  }

  get at() {
    return this.asked ?? this.data.at;
  }

  go(at) {
    this.asked = at === this.data.at ? null : at;
    this.say(at);
    this.tell();
  }

  tell() {
    const { epochs } = this.data;
    this.send("go", { epoch: epochs[this.at], playing: this.playing, speed: Number(this.speed.value) });
  }

  step(by) {
    this.pause();
    const last = this.data.epochs.length - 1;
    const to = Math.min(last, Math.max(0, this.at + by));
    if (to !== this.at) this.go(to);
  }

  pause() {
    this.playing = false;
    clearTimeout(this.timer);
    if (this.data) this.say(this.at);
  }

  play(on) {
    const last = this.data.epochs.length - 1;
    this.pause();
    this.playing = on && last > 0;
    if (this.playing && this.at >= last) this.go(0);
    else this.tell(); // so that the next page plays on, or does not
    this.say(this.at);
    this.schedule();
  }

  /* Ask for the next epoch when this one is drawn, and was seen. */
  schedule() {
    clearTimeout(this.timer);
    if (!this.playing) return;
    this.timer = setTimeout(() => {
      const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
      const isDrawn = this.asked === null && state !== "running" && !document.hidden;
      this.drawn = isDrawn ? (this.drawn ?? performance.now()) : null;
      const isSeen = isDrawn && performance.now() - this.drawn >= SEEN / Number(this.speed.value);
      if (isSeen) this.next();
      if (this.playing) this.schedule();
    }, LOOK);
  }

  next() {
    const last = this.data.epochs.length - 1;
    if (this.at < last) this.go(this.at + 1);
    if (this.at >= last) this.pause();
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { " ": () => this.play(!this.playing), ",": () => this.step(-1), ".": () => this.step(1) }[event.key];
    const path = event.composedPath().filter((one) => one instanceof Element && one !== this.root);
    const isBusy = path.some((one) => one.matches(BUSY) && one.matches(":focus, [data-hamr-keys=own]"));
    if (!act || isBusy || document.querySelector("[role=dialog]")) return;
    event.preventDefault();
    act();
  }

  end() {
    clearTimeout(this.timer);
    document.removeEventListener("keydown", this.onKey);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".replay");
  if (!root || !data) return undefined;
  if (!KEPT.has(root)) KEPT.set(root, new Player(root));
  KEPT.get(root).configure(data, setTriggerValue);
  root.dataset.listens = "true";
  return () => {
    KEPT.get(root)?.end();
    KEPT.delete(root);
  };
}
