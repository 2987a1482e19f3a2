/** Messages, one under the other, as everybody or only one person sees them. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { repeat } from "./vendor/lit-html/directives/repeat.js";
import { runShortcut } from "./acting.js";
import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { dayDivider, formatDate, sameDay, timeOf } from "./dates.js";
import { dots, eye, reply } from "./icons.js";
import { fileCard } from "./images.js";
import { openMenu } from "./menu.js";
import { readMrkdwn } from "./mrkdwn.js";
import { reader, richText } from "./richtext.js";
import { person, set, store } from "./store.js";

const TOGETHER_SECONDS = 300;

/** A list of messages with a line between two days. */
export function messageList(channelId, messages, { inThread = false } = {}) {
  const zone = store.view.me.tz;
  return html`<ol class="messages">${repeat(
    messages,
    (message) => message.ts,
    (message, index) => {
      const before = messages[index - 1];
      const newDay = !before || !sameDay(dateOf(before), dateOf(message), zone);
      return html`${newDay && !inThread ? divider(message) : nothing}
        ${drawMessage(channelId, message, { inThread, close: !newDay && together(before, message) })}`;
    },
  )}</ol>`;
}

/** How many answers a message has. */
export function repliesTo(messages, ts) {
  return messages.filter((message) => message.thread_ts === ts && message.ts !== ts);
}

function drawMessage(channelId, message, { inThread, close }) {
  const { ephemeral, user } = message;
  const who = person(user);
  const look = `message ${ephemeral ? "ephemeral" : ""} ${close ? "close" : ""}`;
  return html`<li class=${look} data-ts=${message.ts} data-user=${user}>
    ${close ? html`<span class="gutter">${time(message)}</span>` : avatar(who)}
    <div class="content">
      ${ephemeral ? html`<p class="only-you">${eye} Only visible to you</p>` : nothing}
      ${close ? nothing : head(message, who)}
      ${body(channelId, message)}
      ${inThread ? nothing : threadLink(channelId, message)}
    </div>
    ${ephemeral ? nothing : tools(channelId, message, inThread)}
  </li>`;
}

function head(message, who) {
  return html`<p class="head"><strong class="name">${who.real_name}</strong>
    ${who.is_bot ? html`<span class="badge">APP</span>` : nothing}
    ${time(message)}
    ${message.typed ? html`<code class="typed">${message.typed}</code>` : nothing}</p>`;
}

function body(channelId, { ts, text, blocks, files = [], edited }) {
  const said = text ? html`<div class="text">${richText(readMrkdwn(text))}</div>` : nothing;
  return html`
    ${blocks?.length ? drawBlocks(blocks, { channel: channelId, ts }) : said}
    ${edited ? html`<span class="edited">(edited)</span>` : nothing}
    ${files.map(fileCard)}`;
}

function threadLink(channelId, message) {
  const replies = repliesTo(store.view.messages[channelId], message.ts);
  const count = Math.max(replies.length, message.reply_count ?? 0);
  if (!count) return nothing;
  const faces = [...new Set(replies.map(({ user }) => user))].slice(0, 3);
  return html`<button type="button" class="thread-link" @click=${() => set({ thread: message.ts })}>
    ${faces.map((id) => avatar(person(id), "tiny"))}<span>${count} ${count === 1 ? "reply" : "replies"}</span>
  </button>`;
}

function tools(channelId, message, inThread) {
  const spot = { channel: channelId, ts: message.ts };
  const shortcuts = store.view.shortcuts.filter(({ type }) => type === "message");
  const items = shortcuts.map(({ name, callback_id: id, description }) => ({
    text: name,
    note: description,
    pick: () => runShortcut(id, spot),
  }));
  const opened = ({ currentTarget }) => openMenu(currentTarget, { label: "More message shortcuts", items });
  return html`<div class="tools">
    ${
      inThread
        ? nothing
        : html`<button type="button" class="tool" aria-label="Reply in thread" title="Reply in thread"
      @click=${() => set({ thread: message.thread_ts ?? message.ts })}>${reply}</button>`
    }
    ${
      items.length
        ? html`<button type="button" class="tool" aria-label="Message shortcuts" title="Message shortcuts"
          aria-haspopup="listbox"
      aria-expanded="false" @click=${opened}>${dots}</button>`
        : nothing
    }
  </div>`;
}

function time(message) {
  const at = dateOf(message);
  const whole = formatDate(at.getTime() / 1000, "{date_long_pretty} at {time_secs}", reader());
  return html`<time class="at" datetime=${at.toISOString()} title=${whole}>${timeOf(at, reader())}</time>`;
}

function divider(message) {
  return html`<li class="day"><span>${dayDivider(dateOf(message), reader())}</span></li>`;
}

/** One person's messages in a row share a head, as long as they mean the same readers. */
function together(before, message) {
  const near = dateOf(message) - dateOf(before) < TOGETHER_SECONDS * 1000;
  return near && before.user === message.user && !before.ephemeral && !message.ephemeral && !message.typed;
}

function dateOf({ ts }) {
  return new Date(Number(ts) * 1000);
}
