/* The ranked list of regions: each is a button. Those that could be chance are folded below a line.
   Arrow keys, Home and End move between all that are in view, Enter or a click opens one. Python
   learns one thing only: the id of the region that was chosen. */

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

function part(kind, name, ...inside) {
  const found = document.createElement(kind);
  found.className = name;
  found.append(...inside);
  return found;
}

function progress({ done, of, reviewed, note }) {
  const filled = document.createElement("i");
  filled.style.width = `${Math.round((100 * done) / of)}%`;
  const bar = part("span", "bar", filled);
  bar.setAttribute("aria-hidden", "true");
  return part("span", "line progress", `${done >= of ? "✓ " : ""}${reviewed}`, bar, note);
}

function entry(region, rank, choose) {
  const said = part("span", "", part("span", "name", region.name));
  for (const line of region.lines) said.append(part("span", "line", line));
  said.append(progress(region));
  const button = part("button", "", part("span", "rank", String(rank)), said);
  button.type = "button";
  button.dataset.region = region.id;
  button.setAttribute("aria-current", String(region.chosen));
  button.onclick = () => choose(region.id);
  return part("li", "", button);
}

function moved(list, event) {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const places = [...list.querySelectorAll("button, summary")].filter((one) => one.checkVisibility());
  const at = places.indexOf(event.target);
  const next = Math.min(places.length - 1, Math.max(0, at + step));
  event.preventDefault();
  places[next].focus();
}

function ranking(label, regions, first, choose) {
  const found = part("ol", "", ...regions.map((one, at) => entry(one, first + at, choose)));
  found.setAttribute("aria-label", label);
  return found;
}

/* Below its line; open where it was, or where one of its regions is chosen. */
function folded(data, wasOpen, choose) {
  const first = data.regions.length + 1;
  const found = part(
    "details", "", part("summary", "", data.line), ranking(data.line, data.folded, first, choose),
  );
  found.open = wasOpen || data.folded.some((one) => one.chosen);
  return found;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".regions");
  if (!list || !data) return;
  const now = JSON.stringify(data);
  if (list.dataset.shown === now) return; // a change of theme
  list.dataset.shown = now;
  const focused = list.getRootNode().activeElement?.dataset?.region;
  const wasOpen = list.querySelector("details")?.open ?? false;
  const choose = (id) => setTriggerValue("chosen", id);
  const parts = [];
  if (data.regions.length) parts.push(ranking(data.label, data.regions, 1, choose));
  if (data.folded.length) parts.push(folded(data, wasOpen, choose));
  list.replaceChildren(...parts);
  list.onkeydown = (event) => moved(list, event);
  if (focused) [...list.querySelectorAll("button")].find((one) => one.dataset.region === focused)?.focus();
}
