/* What is not saved yet: kept in the browser at each gesture, brought back, and sent to the page. */

import { Drafts, browserStorage, newClient } from "./drafts.js";
import { foundDraft } from "./restoring.js";
import { clock, labelSentence } from "./saying.js";
import { Sending } from "./sending.js";
import { fromLabel, toLabel } from "./spans.js";

export class Keeping {
  constructor(editor) {
    this.editor = editor; // its data are what Python sent last, its `editing` the entities
    this.drafts = new Drafts(browserStorage());
    this.sending = new Sending((payload) => editor.trigger("save", payload));
    this.client = newClient(); // the id of the next save, however often it is sent
  }

  get data() {
    return this.editor.data;
  }

  payload() {
    return { about: this.data.about, label: toLabel(this.editor.editing.spans), client: this.client };
  }

  /** Forgets what the page says is saved. */
  settle() {
    this.drafts.settle(this.data.saved);
  }

  stop() {
    this.sending.stop();
  }

  /** A row has come to the page: brings back what was not saved of it. */
  open() {
    this.client = newClient();
    if (this.data.readonly) return this.editor.setState("draft", null);
    const { draft, how } = foundDraft(this.drafts, this.data) ?? {};
    if (!draft) return this.sync();
    if (how === "ask") return this.ask(draft);
    this.editor.start(fromLabel(draft.label));
    this.client = draft.client;
    if (draft.about.base !== this.data.about.base) this.drafts.drop(draft.about);
    this.sync(draft.time);
    if (how === "resend") return this.save();
    return this.editor.bar.say(`Draft restored from ${clock(draft.time)}.`, ["Discard", () => this.discard()]);
  }

  /** The row has changed since the draft began: both are shown, and the annotator chooses. */
  ask(draft) {
    const { editor } = this;
    const { words } = this.data;
    const spans = fromLabel(draft.label);
    const then = (act) => () => {
      this.drafts.drop(draft.about);
      editor.bar.say(null);
      act();
      editor.refresh();
    };
    this.sync();
    editor.bar.say(
      `This row has changed since your draft of ${clock(draft.time)}. Your draft: ${labelSentence(words, spans)}. ` +
        `The row now: ${labelSentence(words, editor.editing.spans)}.`,
      ["Use my draft", then(() => editor.did(editor.editing.change(spans, "Your draft is used.")))],
      ["Discard my draft", then(() => this.open())], // there may be an older one
    );
  }

  discard() {
    const { editor } = this;
    editor.start(fromLabel(this.data.current));
    this.client = newClient();
    this.sync();
    editor.refresh();
    editor.focus();
    editor.say("Draft discarded.");
  }

  /** A save that can never be kept is not sent again; its draft stays. */
  hearRefusal() {
    if (!this.data.refused || this.data.refused !== this.sending.client) return;
    this.sending.stop();
    this.client = newClient(); // a corrected draft is another act
    this.sync();
    this.editor.bar.say("Not saved: see the reason above. Your draft is kept here.");
  }

  /** After a gesture. */
  changed() {
    if (this.client === this.sending.client) this.client = newClient(); // the save under way is another act
    this.sync();
  }

  /** Keeps the draft in the browser and tells the page of it. */
  sync(time = Date.now(), sent = false) {
    const { about, current, session } = this.data;
    if (!this.editor.editing.changed && !sent) {
      this.drafts.drop(about);
      return this.editor.setState("draft", null);
    }
    if (!this.drafts.keep({ ...this.payload(), from: current, time, session, sent })) {
      this.editor.bar.say("This browser keeps no drafts (its storage is off or full): save before you leave this row.");
    }
    return this.editor.setState("draft", this.payload());
  }

  save() {
    this.sync(Date.now(), true);
    this.editor.chooser.hide(false);
    this.editor.say("Saving.");
    this.sending.start(this.payload());
  }
}
