/* The link in the help of a control, by keyboard. The tooltip is open while the question mark has the
   focus, and closes when the focus leaves it, so that no key could reach the link: Enter opens it. */

if (!globalThis.hamrHelp) {
  globalThis.hamrHelp = true;
  globalThis.addEventListener("keydown", (event) => {
    const mark = event.key === "Enter" && event.target.closest?.("[data-testid=stTooltipHoverTarget] button");
    const link = mark && document.querySelector("[data-testid=stTooltipContent] a[href]");
    if (!link) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    link.click();
  }, true);
}
