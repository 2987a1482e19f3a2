/** What a press or a choice does: it goes to the bot, and what Slack would tell the person about it is told. */

import { post } from "./api.js";
import { confirmed } from "./confirm.js";
import { set, store } from "./store.js";

/** What was chosen last, by place, block and element: Slack's clients keep showing it until the block changes. */
const chosen = new Map();

/**
 * Where an element stands: on a message or in a view.
 * A view that is a form also has `values`, which tells what it holds.
 * @typedef {{channel: string, ts: string} | {view: string, values?: () => object}} Spot
 */

/** Press a button. */
export async function press(button, element, spot, block) {
  if (!(await confirmed(element.confirm))) return;
  await whileBusy(button, () => act("click", element, spot, block, element.value));
}

/** Choose in a select, an overflow menu or a picker. */
export async function choose(anchor, element, spot, block, value) {
  if (!(await confirmed(element.confirm))) return;
  chosen.set(keyOf(spot, block, element), value);
  set({});
  await whileBusy(anchor, () => act("select", element, spot, block, value));
}

/** What was chosen here, or undefined. */
export function choice(spot, block, element) {
  return chosen.get(keyOf(spot, block, element));
}

/** Run a shortcut, on a message or from anywhere. */
export async function runShortcut(callbackId, spot = {}) {
  tell(await post("shortcut", { user: store.user, callback_id: callbackId, ...spot }));
}

/** Say what went wrong where the person looks: above the composer. */
export function tell({ error }) {
  if (error) set({ notice: `${store.view.team.name}'s Slack says: ${EXPLAINED[error] ?? error}` });
}

const EXPLAINED = {
  operation_timeout: "the app did not answer in time (operation_timeout)",
  dispatch_failed: "the app could not be reached (dispatch_failed)",
};

async function act(what, element, spot, block, value) {
  set({ notice: "" });
  const { values, ...where } = spot;
  const held = what === "select" && values ? { values: values() } : {};
  const body = { user: store.user, ...where, ...held, action_id: element.action_id, block_id: block.block_id };
  tell(await post(what, value === undefined ? body : { ...body, value }));
}

/** A busy element keeps its size and its focus, and takes no second press. */
async function whileBusy(element, work) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    element.removeAttribute("aria-busy");
  }
}

function keyOf(spot, block, element) {
  return [spot.view ?? spot.ts, block.block_id, element.action_id].join("/");
}
