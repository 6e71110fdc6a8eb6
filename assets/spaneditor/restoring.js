/* What becomes of a draft that is found when a row comes to the page. Pure but for the dropping. */

import { fromLabel, sameLabel } from "./spans.js";

/** {draft, how}: "resume" goes on with it, "resend" saves it again because its answer was lost,
    "ask" shows it next to the row, which has changed since; null where there is none.

    Drafts that are saved already (their id is known, or the row has their label) are dropped. */
export function foundDraft(drafts, { about, current, clients, session }) {
  const now = fromLabel(current);
  for (const draft of drafts.of(about)) {
    const sameRow = draft.about.base === about.base;
    const lost = draft.sent && draft.session !== session; // an accepted label may be on its way too
    const nothing = sameLabel(fromLabel(draft.label), now) && !(sameRow && lost);
    if (clients.includes(draft.client) || nothing) {
      drafts.drop(draft.about);
    } else if (sameRow || sameLabel(fromLabel(draft.from), now)) {
      // A skip makes another version of a row, but leaves its label as it was.
      return { draft, how: lost ? "resend" : "resume" };
    } else {
      return { draft, how: "ask" };
    }
  }
  return null;
}
