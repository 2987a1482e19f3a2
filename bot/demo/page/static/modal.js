/** Forms that the bot opens. Only the one in front is shown; the ones below wait. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { keyed } from "./vendor/lit-html/directives/keyed.js";
import { ref } from "./vendor/lit-html/directives/ref.js";
import { tell } from "./acting.js";
import { post } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { plain } from "./elements.js";
import { emptyBlocks, readForm } from "./formstate.js";
import { back, close } from "./icons.js";
import { noticeBar } from "./notices.js";
import { set, store } from "./store.js";

const MISSING = "Please complete this required field.";

/** What the bot found wrong, by view and then by block. */
const wrong = new Map();

export function modal() {
  const view = store.view.modals.at(-1);
  return view ? keyed(view.id, dialog(view, store.view.modals.length > 1)) : nothing;
}

function dialog(view, stacked) {
  const shut = () => post("close", { user: store.user, view: view.id });
  const cancelled = (event) => {
    event.preventDefault(); // it goes when the bot has been told
    shut();
  };
  const spot = { view: view.id, values: () => readForm(document.querySelector("dialog.dialog form"), view) };
  return html`<dialog class="dialog" aria-labelledby="modal-title" @cancel=${cancelled} ${ref(showOnce)}>
    <form novalidate @submit=${(event) => submit(event, view)}>
      <header class="dialog-head">
        ${
          stacked
            ? html`<button type="button" class="tool" aria-label="Back"
          @click=${shut}>${back}</button>`
            : nothing
        }
        <h2 id="modal-title">${plain(view.title)}</h2>
        <button type="button" class="tool" aria-label="Close" @click=${shut}>${close}</button>
      </header>
      <div class="dialog-body" tabindex="-1">${drawBlocks(view.blocks, spot, wrong.get(view.id))}</div>
      ${noticeBar(view.id)}
      <div class="dialog-foot">
        <button type="button" class="button" @click=${shut}>${view.close ? plain(view.close) : "Cancel"}</button>
        ${view.submit ? html`<button type="submit" class="button primary">${plain(view.submit)}</button>` : nothing}
      </div>
    </form>
  </dialog>`;
}

/** Once in the page, it opens, and the first thing to fill in has the focus, as in Slack. */
function showOnce(element) {
  if (!element || element.open) return;
  queueMicrotask(() => {
    if (!element.isConnected || element.open) return;
    element.showModal();
    element.querySelector("[autofocus], .dialog-body :is(.field, input), .dialog-foot .button:last-child")?.focus();
  });
}

async function submit(event, view) {
  event.preventDefault();
  const form = event.currentTarget;
  const empty = emptyBlocks(form, view);
  if (empty.length) return mark(view, Object.fromEntries(empty.map((id) => [id, MISSING])));
  const button = form.querySelector("[type=submit]");
  button?.setAttribute("aria-busy", "true");
  const answer = await post("submit", { user: store.user, view: view.id, values: readForm(form, view) });
  button?.removeAttribute("aria-busy");
  mark(view, answer.errors ?? {});
  tell(answer);
}

function mark(view, errors) {
  wrong.set(view.id, errors);
  set({});
  document.querySelector("dialog [aria-invalid=true]")?.focus();
}
