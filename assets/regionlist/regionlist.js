/* The ranked list of regions: each is a button. Arrow keys, Home and End move between them, Enter
   or a click opens one. Python learns one thing only: the id of the region that was chosen. */

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
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(event.target);
  const next = Math.min(buttons.length - 1, Math.max(0, at + step));
  event.preventDefault();
  buttons[next].focus();
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".regions");
  if (!list || !data) return;
  const now = JSON.stringify(data);
  if (list.dataset.shown === now) return; // a change of theme
  list.dataset.shown = now;
  const focused = list.getRootNode().activeElement?.dataset?.region;
  list.setAttribute("aria-label", data.label);
  const choose = (id) => setTriggerValue("chosen", id);
  list.replaceChildren(...data.regions.map((region, at) => entry(region, at + 1, choose)));
  list.onkeydown = (event) => moved(list, event);
  if (focused) [...list.querySelectorAll("button")].find((one) => one.dataset.region === focused)?.focus();
}
