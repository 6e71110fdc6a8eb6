/* Drafts in the browser's own storage, so that they survive a rerun, a lost connection, a
   closed tab and a killed server. One for each data set, row, annotator and version of the row.

   A draft: {about, from, label, client, time, session, sent}. `from` is the label it began with,
   `client` the id that its save is sent with, however often; `sent` says that a save is on its
   way, `session` whose page wrote it. */

const MARK = "hamr.draft";

export const draftKey = ({ fingerprint, row, annotator, base }) =>
  [MARK, ...[fingerprint, row, annotator, base].map((part) => encodeURIComponent(part))].join("|");

export class Drafts {
  constructor(storage) {
    this.storage = storage; // null where the browser has none
  }

  /** Keeps a draft; false where the browser can't. */
  keep(draft) {
    try {
      this.storage.setItem(draftKey(draft.about), JSON.stringify(draft));
      return true;
    } catch {
      return false; // storage is off, or full
    }
  }

  drop(about) {
    try {
      this.storage.removeItem(draftKey(about));
    } catch {
      // there is no storage, so there was no draft
    }
  }

  /** All drafts of a row by this annotator, the newest first, whatever version they are of. */
  of(about) {
    const every = { ...about, base: "" };
    return this.matching(draftKey(every)).sort((a, b) => b.time - a.time);
  }

  /** Forgets what is saved: the drafts of these client ids. One that another label was chosen
      over stays, and is shown next to that label when its row is opened again. */
  settle(clients) {
    if (!clients.length) return;
    for (const draft of this.matching(`${MARK}|`)) if (clients.includes(draft.client)) this.drop(draft.about);
  }

  matching(start) {
    const found = [];
    try {
      for (let i = 0; i < this.storage.length; i += 1) {
        const key = this.storage.key(i);
        const draft = key.startsWith(start) ? readDraft(this.storage.getItem(key)) : null;
        if (draft) found.push(draft);
      }
    } catch {
      // no storage
    }
    return found;
  }
}

/** A stored text as a draft; null for anything else that may lie there. */
export function readDraft(text) {
  try {
    const draft = JSON.parse(text);
    return Array.isArray(draft.label) && Array.isArray(draft.from) && draft.about && draft.client ? draft : null;
  } catch {
    return null;
  }
}

/** An id that no other draft has; crypto.randomUUID is missing where a page is not from https. */
export function newClient() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function browserStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null; // forbidden by the browser's settings
  }
}
