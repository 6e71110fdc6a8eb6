/* Which stage of which step is shown, and which point; pure, without a page. */

/* Where "forward" leads: another stage of the step, or the next step, or nowhere. */
export function forward(state, data) {
  if (state.stage < data.stages.length - 1) return { ...state, stage: state.stage + 1 };
  if (data.step < data.last) return { ...state, stage: 0, ask: data.step + 1 };
  return { ...state, playing: "" };
}

/* Where "back" leads: to the last stage of the step before from the first one of a step. */
export function back(state, data) {
  if (state.stage > 0) return { ...state, stage: state.stage - 1 };
  if (data.step > 1) return { ...state, stage: Number.MAX_SAFE_INTEGER, ask: data.step - 1 };
  return state;
}

/* A jump of whole steps, which keeps the stage. */
export function jumped(state, data, steps) {
  const step = Math.max(1, Math.min(data.last, data.step + steps));
  return step === data.step ? { ...state, playing: "" } : { ...state, ask: step };
}

/* The state for data that has come: its stage exists, its point is one of the data's. */
export function fitted(state, data) {
  const stage = Math.min(Math.max(0, state.stage), data.stages.length - 1);
  const known = state.chosen >= 0 && state.chosen < data.points.xy.length;
  return { ...state, stage, chosen: known ? state.chosen : hardestOf(data), ask: null };
}

/* The chosen point as the link has it: -1 for the one that would be chosen anyway. */
export function pointOfLink(state, data) {
  return state.chosen === hardestOf(data) ? -1 : state.chosen;
}

/* All points in two groups: those that the stage is about, and the others. */
export function pointGroups(data, stage) {
  const [title, first] = stage.marked === "seeds" ? ["Hard seeds", data.seeds] : ["In the batch", data.rows];
  const own = new Set(first);
  const others = data.points.xy.map((_, row) => row).filter((row) => !own.has(row));
  return [{ title, rows: [...own] }, { title: "Other points", rows: others }].filter(({ rows }) => rows.length);
}

/* The point of the batch that is sized most at the stage of losses: the hardest one. */
export function hardestOf(data) {
  const loss = data.stages.find((stage) => stage.key === "loss");
  let best = data.rows[0] ?? -1;
  for (const row of data.rows) if (loss.size[row] > loss.size[best]) best = row;
  return best;
}

/* Milliseconds between two moves while playing, by what is played. "once" is how the page begins by
   itself: the stages of one step, until somebody does anything. */
export const PACES = { stages: 2600, steps: 350, epochs: 350, once: 2600 };

/* The state that somebody acts on: what the page began by itself ends with that. */
export function taken(state) {
  return state.playing === "once" ? { ...state, playing: "" } : state;
}

/* The next state while playing. */
export function played(state, data) {
  if (state.playing === "once") {
    return state.stage < data.stages.length - 1 ? forward(state, data) : taken(state);
  }
  if (state.playing === "stages") return forward(state, data);
  return jumped(state, data, state.playing === "epochs" ? data.steps : 1);
}
