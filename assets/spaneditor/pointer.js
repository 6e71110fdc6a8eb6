/* Mouse, pen and touch, translated into what the editor can do. */

const LONG_PRESS = 350; // ms after which a finger selects and no longer scrolls
const AFTER_TAP = 400; // ms in which the click of a tap comes
const SLACK = 6; // a pointer that moves less than this, pixels, has not been dragged

/** Listen until the signal aborts. */
export function listenToPointer(editor, signal) {
  const { area } = editor;
  const options = { signal };
  let tapped = -Infinity; // when a finger last tapped a word
  let press = null; // {id, kind: "range" or "edge", word, x, y, touch, active, span, side, timer}

  const end = () => {
    clearTimeout(press?.timer);
    press = null;
  };

  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || press) return;
    const touch = event.pointerType === "touch";
    // Browsers give the touch of a finger to a button nearby; what lies under it counts.
    const target = touch ? area.getRootNode().elementFromPoint(event.clientX, event.clientY) : event.target;
    const grip = target?.closest(".grip");
    const word = target?.closest(".w")?.word ?? null;
    if (word === null || target.closest("button.line")) return;
    editor.focus();
    press = { id: event.pointerId, word, x: event.clientX, y: event.clientY, touch, active: Boolean(grip) };
    if (grip) {
      Object.assign(press, { kind: "edge", span: grip.span, side: grip.side });
      startEdge(editor, grip.span, grip.side);
    } else if (event.shiftKey) {
      Object.assign(press, { kind: "range", word: editor.editing.anchorWord, active: true });
      selectTo(editor, press.word, word);
    } else {
      press.kind = "range";
      if (touch) press.timer = setTimeout(() => press && activate(), LONG_PRESS);
    }
    if (!touch || grip) area.setPointerCapture(event.pointerId);
    if (!touch) event.preventDefault(); // no native selection or drag
  }, options);

  const activate = () => {
    press.active = true;
    area.setPointerCapture(press.id);
    selectTo(editor, press.word, press.word);
  };

  area.addEventListener("pointermove", (event) => {
    if (!press || event.pointerId !== press.id) return;
    if (!press.active) {
      const [dx, dy] = [event.clientX - press.x, event.clientY - press.y];
      if (Math.hypot(dx, dy) < SLACK || (press.touch && Math.abs(dx) <= Math.abs(dy))) return;
      activate(); // a finger that moves up or down scrolls instead: the browser then cancels
    }
    const word = editor.words.wordAt(event.clientX, event.clientY);
    if (word === null) return;
    if (press.kind === "edge") dragEdge(editor, word);
    else selectTo(editor, press.word, word);
  }, options);

  area.addEventListener("pointerup", (event) => {
    if (!press || event.pointerId !== press.id) return;
    const { kind, active, word, touch } = press;
    end();
    if (touch) tapped = event.timeStamp;
    if (kind === "edge") endEdge(editor);
    else if (active) editor.choose();
    else clickWord(editor, word, touch);
  }, options);

  area.addEventListener("pointercancel", () => {
    if (press?.kind === "edge") endEdge(editor);
    end();
  }, options);

  // While a finger selects, the page must not scroll away below it.
  area.addEventListener("touchmove", (event) => press?.active && event.preventDefault(), { ...options, passive: false });
  area.addEventListener("contextmenu", (event) => press?.touch && event.preventDefault(), options);
  area.addEventListener("dblclick", () => editor.choose(), options);

  area.addEventListener("click", (event) => {
    if (event.timeStamp - tapped < AFTER_TAP) return;
    const line = event.target.closest("button.line");
    if (line?.layer === "own") clickSpan(editor, line.span);
    if (line?.layer === "model") editor.take(line.span);
  }, options);
}

function selectTo(editor, anchor, word) {
  if (editor.editing.anchor === anchor && editor.editing.cursor === word) return;
  editor.editing.go(word, anchor);
  editor.refresh();
}

/** A finger opens the list of types at once; with it open, a second tap is the other end. */
function clickWord(editor, word, touch) {
  const span = editor.editing.point(word, touch && editor.chooser.open);
  editor.refresh();
  if (span || touch) editor.choose();
  else editor.chooser.hide();
  editor.tell();
}

function clickSpan(editor, span) {
  editor.editing.go(span.start, null, span);
  editor.refresh();
  editor.choose();
  editor.tell();
}

function startEdge(editor, span, side) {
  editor.chooser.hide(false);
  editor.editing.startEdge(span, side);
  editor.refresh();
}

function dragEdge(editor, word) {
  if (editor.data.readonly) return;
  editor.editing.dragEdge(word);
  editor.refresh();
}

/** A border that was not moved is a click on its entity. */
function endEdge(editor) {
  const { span } = editor.editing.dragged;
  const done = editor.editing.endEdge();
  if (done) editor.did(done);
  else clickSpan(editor, span);
}
