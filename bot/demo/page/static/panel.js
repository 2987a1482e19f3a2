/** The right of the page: a PBX one can drive, and Slack's weather. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { post } from "./api.js";
import { close, plug } from "./icons.js";
import { callForm } from "./placing.js";
import { channel, nameOf, set, store } from "./store.js";

const WIPE_KEEP = 50;
const SLOW = [
  [0, "at once"],
  [2, "after 2 s"],
  [6, "after 6 s"],
  [20, "after 20 s"],
];
const WEATHER = [
  ["ratelimit", "Too many requests", "Slack answers 429 and says when to come again."],
  ["failing", "Internal errors", "Slack answers with a fault of its own."],
  ["dropping", "Lost answers", "Slack does what it is asked, and the answer is lost on its way."],
  ["down", "Away", "Slack does not answer at all."],
];

export function panel() {
  if (!store.panel) return nothing;
  return html`<aside class="panel" id="panel" aria-label="The PBX and Slack's weather">
    <header class="panel-head"><h2>Behind the scenes</h2>
      <button type="button" class="tool" aria-label="Close the side panel"
        @click=${() => set({ panel: false })}>${close}</button></header>
    ${pbx()}${weather()}
  </aside>`;
}

function pbx() {
  const { down, held, newest_id: newest, slow_seconds: slow, arriving } = store.view.pbx;
  const state = down ? "Unplugged" : slow ? "Slow" : "Answers";
  return html`<section class="card" aria-labelledby="pbx-title">
    <h3 id="pbx-title">${plug} The PBX <span class="pill ${down ? "bad" : slow ? "fair" : "good"}">${state}</span></h3>
    <p class="facts"><strong>${held.toLocaleString("en")}</strong> recordings held · newest number <strong>${newest}</strong></p>
    ${callForm()}
    <div class="row">
      <button type="button" class="button" @click=${() => drive("pbx/many", { count: 12 })}>A burst of twelve calls</button>
      <button type="button" class="button" @click=${() => drive("pbx/many", { count: 100 })}>Let 100 calls arrive</button>
    </div>
    ${toggle("Calls arrive by themselves", "One every few seconds.", arriving, (on) => drive("pbx/arriving", { on }))}
    ${toggle("Pull the plug", "The PBX does not answer until it is back.", down, (on) => drive("pbx/plug", { down: on }))}
    <label class="line"><span>It answers</span>
      <select class="field short" @change=${({ target }) => drive("pbx/slow", { seconds: Number(target.value) })}>
        ${SLOW.map(
          ([seconds, label]) => html`<option value=${seconds}
          .selected=${seconds === slow}>${label}</option>`,
        )}
      </select></label>
    <div class="row">
      <button type="button" class="button" @click=${() => drive("pbx/wipe", { keep: WIPE_KEEP })}>Wipe all but ${WIPE_KEEP}</button>
      <button type="button" class="button" @click=${() => drive("pbx/reset")}>Reset its ids</button>
      <button type="button" class="button" @click=${() => drive("pbx/reboot")}>Reboot</button>
    </div>
  </section>`;
}

function weather() {
  return html`<section class="card" aria-labelledby="weather-title">
    <h3 id="weather-title">Slack's weather
      <span class="pill ${foul() ? "fair" : "good"}">${foul() ? "Rough" : "Fair"}</span></h3>
    ${WEATHER.map(([name, label, note]) =>
      toggle(label, note, store.view.slack[name], (on) => drive("slack/weather", { [name]: on })),
    )}${refusal()}
  </section>`;
}

function refusal() {
  const open = channel();
  if (!open) return nothing;
  const note = html`Posts into ${open.kind === "dm" ? "" : "#"}${nameOf(open)} are not allowed.`;
  const refused = store.view.slack.refusing.includes(open.id);
  return toggle("Slack refuses this channel", note, refused, (on) => drive("slack/refuse", { channel: open.id, on }));
}

function toggle(label, note, on, change) {
  return html`<label class="toggle"><span>${label}<small>${note}</small></span>
    <input type="checkbox" role="switch" .checked=${on} @change=${({ target }) => change(target.checked)}></label>`;
}

function foul() {
  return Object.values(store.view.slack).flat().some(Boolean);
}

async function drive(path, body = {}) {
  const { error } = await post(path, body);
  if (error) set({ notice: error });
}
