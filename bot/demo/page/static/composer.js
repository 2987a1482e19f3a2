/** Where one types. Drafts are kept by person and place; Enter sends, Shift+Enter makes a new line. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { keyed } from "./vendor/lit-html/directives/keyed.js";
import { runShortcut, tell } from "./acting.js";
import { post } from "./api.js";
import { bolt, send as sendIcon } from "./icons.js";
import { openMenu } from "./menu.js";
import { fitting, running, suggestions, typingHint } from "./suggest.js";
import { nameOf, set, store } from "./store.js";
import { tour } from "./tour.js";

const drafts = new Map();
/** Which suggestion is marked, and for which text they were waved away with Escape. */
let marked = 0;
let dismissed = "";

/** The composer of a channel, or of a thread in it. */
export function composer(open, thread = "") {
  const key = `${store.user}/${open.id}/${thread}`;
  const name = thread ? "Reply…" : `Message ${open.kind === "dm" ? "" : "#"}${nameOf(open)}`;
  return html`<div class="composer">
    ${thread ? nothing : tour((line) => fill(key, line))}
    ${keyed(key, html`<div class="composer-box">${field(key, name, open, thread)}${buttons(key, open, thread)}</div>`)}
  </div>`;
}

function field(key, name, open, thread) {
  const text = drafts.get(key) ?? "";
  const list = `suggestions${thread ? "-thread" : ""}`;
  const offered = thread || dismissed === text ? [] : fitting(text);
  return html`
    ${suggestions(list, offered, marked, (one) => fill(key, `${one.command} `))}
    <textarea id=${idOf(key)} class="composer-text" rows="1" aria-label=${name} placeholder=${name} .value=${text}
      role="combobox" aria-autocomplete="list" aria-describedby=${`${idOf(key)}-hint`}
      aria-expanded=${String(offered.length > 0)} aria-controls=${offered.length ? list : nothing}
      aria-activedescendant=${offered.length ? `${list}-${marked}` : nothing} enterkeyhint="send"
      @input=${({ target }) => write(key, target.value)}
      @keydown=${(event) => onKey(event, { key, open, thread, offered })}></textarea>`;
}

function buttons(key, open, thread) {
  const text = drafts.get(key) ?? "";
  const shortcuts = store.view.shortcuts.filter(({ type }) => type === "global");
  const items = shortcuts.map(({ name, description, callback_id: id }) => ({
    text: name,
    note: description,
    pick: () => runShortcut(id),
  }));
  const opened = ({ currentTarget }) => openMenu(currentTarget, { label: "Shortcuts", items });
  return html`<div class="composer-foot">
    ${
      items.length && !thread
        ? html`<button type="button" class="tool" aria-label="Shortcuts" title="Shortcuts" aria-haspopup="listbox"
          aria-expanded="false" @click=${opened}>${bolt}</button>`
        : nothing
    }
    <span class="keys" id=${`${idOf(key)}-hint`}>${typingHint(thread ? "" : text)}</span>
    <button type="button" class="send" aria-label="Send" ?disabled=${!text.trim()}
      @click=${() => sendLine(key, open, thread)}>${sendIcon}</button>
  </div>`;
}

function onKey(event, { key, open, thread, offered }) {
  if (event.isComposing) return;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const complete = offered[marked] && offered[marked].command !== drafts.get(key);
  if (offered.length && move) marked = (marked + move + offered.length) % offered.length;
  else if (complete && (event.key === "Tab" || event.key === "Enter")) fill(key, `${offered[marked].command} `);
  else if (offered.length && event.key === "Escape") dismissed = drafts.get(key);
  else if (event.key === "Enter" && !event.shiftKey) sendLine(key, open, thread);
  else return;
  event.preventDefault();
  set({});
}

function write(key, text) {
  drafts.set(key, text);
  marked = 0;
  dismissed = "";
  set({});
}

/** Put a line into the composer, ready to be sent. */
function fill(key, line) {
  write(key, line);
  document.getElementById(idOf(key))?.focus();
}

async function sendLine(key, open, thread) {
  const text = (drafts.get(key) ?? "").trim();
  if (!text) return;
  set({ notice: problemWith(text, thread) });
  if (store.notice) return;
  write(key, "");
  const body = { user: store.user, channel: open.id, text };
  tell(running(text) ? await post("command", body) : await post("say", thread ? { ...body, thread_ts: thread } : body));
}

/** What Slack itself says to a command that it does not pass on. */
function problemWith(text, thread) {
  if (!text.startsWith("/")) return "";
  const [command] = text.split(/\s/);
  if (!running(text)) return `${command} is not a valid command.`;
  return thread ? `${command} is not supported in threads. Sorry!` : "";
}

function idOf(key) {
  return `composer-${key.endsWith("/") ? "channel" : "thread"}`;
}
