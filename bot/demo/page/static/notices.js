/** What must not be overlooked: what Slack would have refused, what it says to a person, and that the demo is gone. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { plainly } from "./mrkdwn.js";
import { messages, person, set, store } from "./store.js";

const SHOWN = 3;

/** Above everything: Slack's complaints about the bot, newest last. */
export function complaintBar() {
  const fresh = store.view.complaints.slice(store.forgiven);
  const gone = !store.online
    ? html`<div class="banner" role="alert">
        <p><strong>The demo does not answer.</strong> Has it been stopped? This page goes on by itself when it is back.</p>
      </div>`
    : nothing;
  if (!fresh.length) return gone;
  const more = fresh.length - SHOWN;
  return html`${gone}<div class="banner" role="alert">
    <div><strong>Slack complains of the bot:</strong>
      <ul>${fresh.slice(-SHOWN).map((words) => html`<li>${words}</li>`)}</ul>
      ${more > 0 ? html`<p>and ${more} before</p>` : nothing}</div>
    <button type="button" class="button" @click=${() => set({ forgiven: store.view.complaints.length })}>Dismiss</button>
  </div>`;
}

/** The answer to the last line or press, when it is not the bot's: above the composer, or in the form in front. */
export function noticeBar(view) {
  if (!store.notice || view !== store.view.modals.at(-1)?.id) return nothing;
  return html`<div class="notice" role="alert"><span>${store.notice}</span>
    <button type="button" class="button quiet" @click=${() => set({ notice: "" })}>Dismiss</button></div>`;
}

/** For screen readers: the newest message where one is, once, as it comes. */
export function spokenNewest() {
  const newest = messages(store.place).at(-1);
  const words =
    newest && newest.user !== store.user ? `${person(newest.user).real_name}: ${plainly(newest.text ?? "")}` : "";
  return html`<div class="unseen" aria-live="polite">${words}</div>`;
}
