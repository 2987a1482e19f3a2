/** App Home: what the bot has published for this person, and nothing that it has not. */

import { html } from "./vendor/lit-html/lit-html.js";
import { drawBlocks } from "./blocks.js";
import { paneHeader } from "./channel.js";
import { avatar } from "./avatar.js";
import { noticeBar } from "./notices.js";
import { bot, HOME, store } from "./store.js";

export function homePane() {
  const { home } = store.view;
  const view = home
    ? drawBlocks(home.blocks, { view: home.id })
    : html`<p class="empty">${bot().real_name} has published nothing here yet.</p>`;
  return html`
    ${paneHeader(html`${avatar(bot(), "tiny")}<span>${bot().real_name}</span>`, "App Home")}
    <div class="scroller" tabindex="0" role="region" aria-label="App Home"><div class="home"
      data-place=${HOME}>${view}</div></div>
    ${noticeBar()}`;
}
