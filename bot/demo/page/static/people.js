/** Whose eyes one looks through. */

import { html } from "./vendor/lit-html/lit-html.js";
import { avatar } from "./avatar.js";
import { down } from "./icons.js";
import { openMenu } from "./menu.js";
import { become } from "./going.js";
import { store } from "./store.js";

export const ROLES = { agent: "Agent", lead: "Team lead", administrator: "Administrator", guest: "Guest" };

export function personSwitch() {
  const { me, people } = store.view;
  const items = Object.values(people)
    .filter((one) => !one.is_bot)
    .map((one) => ({
      text: one.real_name,
      note: `${ROLES[one.role] ?? one.role} · ${one.tz.split("/").pop().replace("_", " ")}`,
      chosen: one.id === me.id,
      pick: () => become(one.id),
    }));
  return html`<button type="button" class="person-switch" aria-haspopup="listbox" aria-expanded="false"
    aria-label=${`You are ${me.real_name}, ${ROLES[me.role] ?? me.role}. Be somebody else`}
    @click=${({ currentTarget }) => openMenu(currentTarget, { label: "Be somebody else", items })}>
    ${avatar(me, "small")}
    <span class="who"><strong>${me.real_name}</strong><small>${ROLES[me.role] ?? me.role}</small></span>${down}</button>`;
}
