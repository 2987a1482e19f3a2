/** The left of the page: the workspace, its channels, the bot's direct messages and its App Home. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { repeat } from "./vendor/lit-html/directives/repeat.js";
import { avatar } from "./avatar.js";
import { glyph } from "./channel.js";
import { goTo } from "./going.js";
import { sun } from "./icons.js";
import { personSwitch } from "./people.js";
import { unread } from "./reading.js";
import { bot, HOME, nameOf, set, store } from "./store.js";
import { isDark, switchTheme } from "./theme.js";

export function sidebar() {
  const { team, channels } = store.view;
  const rooms = channels.filter(({ kind }) => kind !== "dm");
  const direct = channels.filter(({ kind }) => kind === "dm");
  return html`<nav class="sidebar ${store.drawer ? "open" : ""}" aria-label="Workspace">
    <div class="team"><strong>${team.name}</strong>
      <button type="button" class="tool" aria-label=${isDark() ? "Use the light look" : "Use the dark look"}
        @click=${() => {
          switchTheme();
          set({});
        }}>${sun}</button></div>
    ${personSwitch()}
    ${group("Channels", rooms.map(entry))}
    ${group("Direct messages", direct.map(entry))}
    ${group("Apps", [{ id: HOME, sign: avatar(bot(), "tiny"), name: bot().real_name, note: "Home", count: 0 }])}
    <p class="sidebar-foot">${connection()}<span>A demo on this machine. Nothing leaves it.</span></p>
  </nav>`;
}

function entry(one) {
  return {
    id: one.id,
    sign: glyph(one),
    name: nameOf(one),
    note: one.is_archived ? "archived" : "",
    count: unread(one.id),
  };
}

function group(title, entries) {
  return html`<h2 class="sidebar-title">${title}</h2>
    <ul class="places">${repeat(entries, ({ id }) => id, link)}</ul>`;
}

function link({ id, sign, name, note, count }) {
  const here = id === store.place;
  return html`<li><button type="button" class="place ${count ? "unread" : ""}" aria-current=${here ? "page" : nothing}
    @click=${() => goTo(id)}>
    ${sign}<span class="place-name">${name}</span>${note ? html`<small>${note}</small>` : nothing}
    ${
      count
        ? html`<span class="count"><span aria-hidden="true">${count > 99 ? "99+" : count}</span><span
      class="unseen">${count} unread</span></span>`
        : nothing
    }
  </button></li>`;
}

function connection() {
  const well = store.online && store.view.bot.connected;
  return html`<span class="lamp ${well ? "on" : "off"}" aria-hidden="true"></span>
    <strong>${well ? "The bot is connected" : "The bot is not connected"}</strong>`;
}
