/** Lines to try, each showing one thing that the bot can do; a press puts one into the composer. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { store } from "./store.js";

export function tour(fill) {
  if (!store.view.tour.length) return nothing;
  return html`<ul class="tour" aria-label="Lines to try">${store.view.tour.map(
    ({ line, shows }) =>
      html`<li><button type="button" class="chip" title=${shows}
        @click=${() => fill(line)}><code>${line}</code><small>${shows}</small></button></li>`,
  )}</ul>`;
}
