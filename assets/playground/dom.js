/* The elements of the stepper, made once; what changes is written into them. */

export function make(kind, name, ...inside) {
  const found = document.createElement(kind);
  found.className = name;
  found.append(...inside);
  return found;
}

function button(name, text, said) {
  const found = make("button", name, text);
  found.type = "button";
  found.setAttribute("aria-label", said);
  found.title = said;
  return found;
}

function choice(label, entries) {
  const found = make("select", "");
  found.setAttribute("aria-label", label);
  for (const [value, text] of entries) {
    const option = make("option", "", text);
    option.value = value;
    found.append(option);
  }
  return found;
}

/* All parts by name, put into `root`. */
export function skeleton(root) {
  const parts = {
    where: make("div", "where"),
    stages: make("div", "stages"),
    back: button("move", "◀", "Back: stage before (Left arrow, Page Up)"),
    play: button("move", "▶ Play", "Play or pause (Space)"),
    forward: button("move wide", "Next ▶", "Forward: next stage (Right arrow, Page Down)"),
    step: button("move", "Step +1", "Next step, same stage (Shift + Right arrow)"),
    epoch: button("move", "Epoch +1", "Next epoch, same stage"),
    pace: choice("What is played", [
      ["stages", "Play stages"], ["steps", "Play steps"], ["epochs", "Play epochs"],
    ]),
    side: button("move", "Side by side", "The two methods side by side (C)"),
    canvas: make("canvas", "plane"),
    scores: make("table", "scores"),
    other: make("canvas", "plane other"),
    otherTitle: make("p", "caption"),
    legend: make("p", "legend"),
    title: make("h3", ""),
    equation: make("p", "equation"),
    why: make("p", "why"),
    general: make("p", "general"),
    point: choice("Point", []),
    numbers: make("p", "numbers"),
    drawing: make("div", "drawing"),
    said: make("p", "said"),
  };
  parts.said.setAttribute("role", "status");
  parts.canvas.tabIndex = -1;
  const bar = make(
    "div", "bar", parts.back, parts.forward, parts.play, parts.pace, parts.step, parts.epoch, parts.side,
  );
  parts.second = make("div", "second", parts.other, parts.otherTitle, parts.scores);
  const own = make("div", "", parts.canvas, parts.legend);
  const left = make("div", "left", own, parts.second);
  const chooser = make("label", "chooser", "Point ", parts.point);
  const right = make(
    "div", "right", parts.title, parts.equation, parts.general, chooser, parts.numbers, parts.why,
    parts.drawing,
  );
  root.replaceChildren(
    make("div", "top", parts.where, bar), parts.stages, make("div", "both", left, right), parts.said,
  );
  return parts;
}

function stageButton(title, number, choose) {
  const found = make("button", "stage", make("b", "", String(number)), make("span", "name", ` ${title}`));
  found.type = "button";
  found.onclick = choose;
  return found;
}

/* A button for each stage; the chosen one is pressed. They stay while the stages do, and so does the
   focus on one of them. */
export function showStages(holder, stages, chosen, choose) {
  const titles = stages.map((stage) => stage.title);
  if (holder.dataset.titles !== titles.join()) {
    holder.dataset.titles = titles.join();
    holder.replaceChildren(...titles.map((title, at) => stageButton(title, at + 1, () => choose(at))));
  }
  [...holder.children].forEach((one, at) => one.setAttribute("aria-pressed", String(at === chosen)));
}

/* F1 by class of the methods: `rows` are [title, F1 of each class, their mean]. */
export function scoreRows(classes, rows) {
  const line = (kind, texts) => {
    const cells = texts.map((text, at) => {
      const cell = make(at && kind === "td" ? "td" : "th", "", text);
      cell.scope = kind === "th" ? "col" : "row";
      return cell;
    });
    return make("tr", "", ...cells);
  };
  const head = ["F1 (0 to 1)", ...classes.map((name) => `class ${name}`), "mean"];
  const numbers = rows.map(([title, f1, mean]) =>
    line("td", [title, ...f1.map((one) => one.toFixed(2)), mean.toFixed(3)]),
  );
  const said = "F1 on the test points after this step, by class; 1 is best.";
  return [make("caption", "", said), make("thead", "", line("th", head)), make("tbody", "", ...numbers)];
}
