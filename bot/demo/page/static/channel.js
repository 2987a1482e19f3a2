/** The middle of the page: a channel with its messages, and beside it a thread. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { avatar } from "./avatar.js";
import { composer } from "./composer.js";
import { close, hash, lock, menu, sliders } from "./icons.js";
import { messageList, repliesTo } from "./messages.js";
import { noticeBar } from "./notices.js";
import { channel, messages, nameOf, person, set, store } from "./store.js";

/** The open channel. */
export function channelPane() {
  const open = channel();
  const shown = messages(open.id).filter(({ ts, thread_ts: thread }) => !thread || thread === ts);
  return html`
    ${paneHeader(html`${glyph(open)}<span>${nameOf(open)}</span>`, open.topic)}
    <div class="scroller" role="log" aria-label=${`Messages in ${nameOf(open)}`} aria-live="off" tabindex="0"
      data-place=${`${store.user}/${open.id}`}>
      ${beginning(open)}${messageList(open.id, shown)}
    </div>
    ${noticeBar()}
    ${open.is_archived ? html`<p class="archived">This channel has been archived.</p>` : composer(open)}`;
}

/** The thread beside it, if one is open. */
export function threadPane() {
  const open = channel();
  const all = open ? messages(open.id) : [];
  const root = all.find(({ ts }) => ts === store.thread);
  if (!root) return nothing;
  return html`<section class="thread" aria-label="Thread">
    <header class="pane-header"><h2>Thread</h2><span class="topic">${open.kind === "dm" ? "" : "#"}${nameOf(open)}</span>
      <button type="button" class="tool" aria-label="Close thread"
        @click=${() => set({ thread: "" })}>${close}</button></header>
    <div class="scroller" role="log" aria-label="Messages in this thread" aria-live="off" tabindex="0"
      data-place=${`${store.user}/${root.ts}`}>
      ${messageList(open.id, [root, ...repliesTo(all, root.ts)], { inThread: true })}
    </div>
    ${composer(open, root.ts)}
  </section>`;
}

/** The bar above a channel and above App Home. */
export function paneHeader(title, topic = "") {
  return html`<header class="pane-header">
    <button type="button" class="tool only-narrow" aria-label="Channels" aria-expanded=${String(store.drawer)}
      @click=${() => set({ drawer: !store.drawer, panel: false })}>${menu}</button>
    <h1>${title}</h1>
    <p class="topic">${topic}</p>
    <button type="button" class="button quiet" aria-expanded=${String(store.panel)} aria-controls="panel"
      @click=${() => set({ panel: !store.panel, drawer: false })}>${sliders}<span>PBX & weather</span></button>
  </header>`;
}

/** The sign before a channel's name. */
export function glyph(one) {
  if (one.kind === "dm") return avatar(person(one.with), "tiny");
  return one.kind === "private" ? lock : hash;
}

function beginning(open) {
  const whose =
    open.kind === "dm"
      ? html`your direct messages with <strong>${nameOf(open)}</strong>`
      : html`<strong>#${open.name}</strong>`;
  return html`<p class="beginning">This is the very beginning of ${whose}.</p>`;
}
