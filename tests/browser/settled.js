/* Whether a page of the app is painted: its script is done and nothing in it is blank.

   What was just clicked or typed counts as not done until its script has started: on a busy
   machine the page still looks finished for a moment after it.

   settled(title) gives null while the page is not there, else what it shows:
   {charts, live, tables, maps, at}, `at` in milliseconds of performance.now().  */

const app = () => document.querySelector("[data-testid=stApp]");
const MOST = 3_000; // ms in which a message starts the script, if it does
const MOST_ASKED = 10_000; // the same for a message that asks for it
const ASKS = 11; // rerun_script of Streamlit's BackMsg, the field that such a message begins with
let sent = null; // when the page last sent something that no script has started from yet
let most = MOST;

const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...message) {
  const first = ArrayBuffer.isView(message[0]) ? message[0][0] : 0;
  // What follows before the script has started is not to shorten the wait for it.
  most = first >> 3 === ASKS || (sent !== null && most === MOST_ASKED) ? MOST_ASKED : MOST;
  sent = performance.now();
  return send.apply(this, message);
};
new MutationObserver(() => {
  if (app()?.dataset.testScriptState === "running") sent = null;
}).observe(document, { subtree: true, attributeFilter: ["data-test-script-state"] });

window.settled = (title) => {
  if (sent !== null && performance.now() - sent < most) return null;
  const all = (selector) =>
    [...document.querySelectorAll(`[data-testid=stMain] ${selector}`)].filter((element) =>
      element.checkVisibility(),
    );
  const state = app()?.dataset.testScriptState;
  if (state !== "notRunning" || document.querySelector("h1")?.textContent !== title) return null;
  if (all("[data-testid=stSkeleton], [data-stale=true]").length) return null;

  const charts = all("[data-testid=stPlotlyChart]");
  const live = all("[data-testid=stEChartsChart]");
  const tables = all("[data-testid=stDataFrame]");
  // Keys wait until what hears them is there, with the row on screen: its script comes after its
  // element.
  const listens = document.querySelectorAll("[data-testid=stBidiComponentIsolated]");
  const deaf =
    ".keyboard:not([data-busy=false]), .playground:not([data-listens]), " +
    ".replay:not([data-listens]), .presenter:not([data-listens]), .regions:not([data-shown])";
  if ([...listens].some((host) => host.shadowRoot?.querySelector(deaf))) return null;
  // A map and the feeds of its bytes, or a sentence to edit. A list of regions,
  // the playground, the player of a replay, the recording and the keys of presenter and tour are
  // there at once.
  const others = ".keyboard, .regions, .playground, .replay, .recording, .presenter";
  const hosts = all("[data-testid=stBidiComponentIsolated]").filter(
    (host) => !host.shadowRoot?.querySelector(others),
  );
  const sentences = hosts.filter((host) => host.shadowRoot?.querySelector("[data-testid=span-editor]"));
  const maps = hosts
    .map((host) => host.shadowRoot?.querySelector("[data-testid=pointmap]"))
    .filter(Boolean);
  const painted =
    charts.every((chart) => chart.querySelector(".main-svg")) &&
    live.every((chart) => chart.ariaBusy === "false" && chart.querySelector("canvas")?.width) &&
    tables.every((table) => table.querySelector("[data-testid=data-grid-canvas]")?.width) &&
    maps.every((map) => map.dataset.painted) &&
    !(hosts.length && !maps.length && !sentences.length);
  if (!painted) return null;
  const count = { charts: charts.length, live: live.length, tables: tables.length };
  return { ...count, maps: maps.length, at: performance.now() };
};
