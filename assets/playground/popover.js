/* An open popover is the last thing of the page, far from its button for whoever goes by Tab. Here
   Tab leads from the button to its first slider, and Shift with Tab back from there. */

const BODY = "[data-testid=stPopoverBody]";
const SLIDER = "[role=slider], input[type=range]";

/* Each has a second one that is hidden: another for phones, another for wide screens. */
const shownButton = (state) =>
  [...document.querySelectorAll(`[data-testid=stPopover] button${state}`)].find((one) => one.checkVisibility());

/** Whether the press moved the focus between the popover and its button. */
export function crossed(event) {
  const body = event.key === "Tab" && document.querySelector(BODY);
  if (!body) return false;
  const button = shownButton("[aria-expanded=true]") ?? shownButton("");
  const first = body.querySelector(SLIDER);
  const [from] = event.composedPath();
  const goal = event.shiftKey ? from === first && button : from === button && first;
  if (!goal) return false;
  event.preventDefault();
  goal.focus();
  return true;
}
