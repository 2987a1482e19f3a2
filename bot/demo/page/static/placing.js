/** Placing one call between two chosen parties. The form keeps what is chosen, so the next call is one press away. */

import { html } from "./vendor/lit-html/lit-html.js";
import { post } from "./api.js";
import { set, store } from "./store.js";

const DIRECTIONS = ["Inbound", "Outbound", "Internal"];
const SECONDS = 94;

export function callForm() {
  const { parties } = store.view.pbx;
  const outside = Math.max(
    0,
    parties.findIndex((one) => one.includes("+")),
  );
  return html`<form class="call" aria-label="Place a call" @submit=${place}>
    <label>From ${partySelect("caller", parties, outside)}</label>
    <label>To ${partySelect("callee", parties, 0)}</label>
    <label>Direction <select class="field" name="direction">${DIRECTIONS.map((one) => html`<option>${one}</option>`)}</select></label>
    <label>Seconds <input class="field" name="seconds" type="number" min="1" max="3600"
      value=${SECONDS} required></label>
    <button class="button primary">Place the call</button>
  </form>`;
}

function partySelect(name, parties, first) {
  return html`<select class="field" name=${name}>${parties.map(
    (one, index) => html`<option value=${one} ?selected=${index === first}>${one || "(number withheld)"}</option>`,
  )}</select>`;
}

async function place(event) {
  event.preventDefault();
  const { caller, callee, direction, seconds } = Object.fromEntries(new FormData(event.currentTarget));
  const { error } = await post("pbx/call", { caller, callee, direction, seconds: Number(seconds) });
  if (error) set({ notice: error });
}
