/** Block Kit's interactive elements outside of forms: pressing or choosing tells the bot at once. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { ifDefined } from "./vendor/lit-html/directives/if-defined.js";
import { choice, choose, press } from "./acting.js";
import { withEmoji } from "./emoji.js";
import { imageElement } from "./images.js";
import { dots, down } from "./icons.js";
import { openMenu } from "./menu.js";
import { nameOf, store } from "./store.js";

/** @param {import("./acting.js").Spot} spot where the element's message or view is */
export function drawElement(element, spot, block) {
  const draw = DRAWN[element.type];
  return draw ? draw(element, spot, block) : html`<span class="unknown">[${element.type}]</span>`;
}

/** A plain_text object as words. */
export function plain(text) {
  return text.emoji === false ? text.text : withEmoji(text.text);
}

/** Options as `{text, value, group}`, from `options` or `option_groups`, or from who and what is in the workspace. */
export function optionsOf(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? LISTED[element.type]?.() ?? [] }];
  return groups.flatMap(({ label, options }) =>
    options.map((option) => ({
      text: plain(option.text),
      value: option.value,
      note: option.description && plain(option.description),
      group: label && plain(label),
      url: option.url,
    })),
  );
}

const people = () => Object.values(store.view.people).map((one) => option(one.id, one.real_name));
const channels = () =>
  store.view.channels.filter(({ kind }) => kind !== "dm").map((one) => option(one.id, `#${one.name}`));
const conversations = () =>
  store.view.channels.map((one) => option(one.id, `${one.kind === "dm" ? "" : "#"}${nameOf(one)}`));

const LISTED = {
  users_select: people,
  multi_users_select: people,
  channels_select: channels,
  multi_channels_select: channels,
  conversations_select: conversations,
  multi_conversations_select: conversations,
};

function option(value, text) {
  return { value, text: { type: "plain_text", text, emoji: false } };
}

function button(element, spot, block) {
  const { text, style = "", url, accessibility_label: aloud } = element;
  const pressed = (event) => {
    if (url && /^https?:/i.test(url)) open(url, "_blank", "noopener");
    press(event.currentTarget, element, spot, block);
  };
  return html`<button type="button" class="button ${style}" aria-label=${ifDefined(aloud)} @click=${pressed}>
    <span>${plain(text)}</span></button>`;
}

function select(element, spot, block) {
  const options = optionsOf(element);
  const value = choice(spot, block, element) ?? initialOf(element);
  const shown = options.find((one) => one.value === value);
  const label = element.placeholder ? plain(element.placeholder) : "Choose an option";
  const items = (anchor) =>
    options.map((one) => ({
      ...one,
      chosen: one.value === value,
      pick: () => choose(anchor, element, spot, block, one.value),
    }));
  const opened = ({ currentTarget: anchor }) => openMenu(anchor, { label, items: items(anchor), filter: true });
  return html`<button type="button" class="button select" aria-haspopup="listbox" aria-expanded="false"
    aria-label=${shown ? `${label}: ${shown.text}` : label} @click=${opened}>
    <span>${shown ? shown.text : label}</span>${down}</button>`;
}

function overflow(element, spot, block) {
  const items = (anchor) =>
    optionsOf(element).map((one) => ({
      ...one,
      pick: () => {
        if (one.url && /^https?:/i.test(one.url)) open(one.url, "_blank", "noopener");
        choose(anchor, element, spot, block, one.value);
      },
    }));
  const opened = ({ currentTarget: anchor }) => openMenu(anchor, { label: "More actions", items: items(anchor) });
  return html`<button type="button" class="button square" aria-haspopup="listbox" aria-expanded="false"
    aria-label="More actions" @click=${opened}>${dots}</button>`;
}

function picker(type, initial) {
  return (element, spot, block) => {
    const label = element.placeholder ? plain(element.placeholder) : `Choose a ${type}`;
    const picked = ({ currentTarget }) => {
      if (currentTarget.value) choose(currentTarget, element, spot, block, currentTarget.value);
    };
    return html`<input class="field short" type=${type} aria-label=${label} value=${ifDefined(element[initial])}
      @change=${picked}>`;
  };
}

function ticks(kind) {
  return (element, spot, block) => {
    const first = [element.initial_option, ...(element.initial_options ?? [])].map((one) => one?.value);
    const name = [spot.view ?? spot.ts, block.block_id, element.action_id].join("/");
    return html`<div class="ticks">${optionsOf(element).map(
      (one) => html`<label class="tick"><input type=${kind} name=${name} value=${one.value}
        ?checked=${first.includes(one.value)}
        @change=${({ currentTarget }) => choose(currentTarget, element, spot, block, one.value)}>
        <span>${one.text}${one.note ? html`<small>${one.note}</small>` : nothing}</span></label>`,
    )}</div>`;
  };
}

function initialOf(element) {
  return (
    element.initial_option?.value ?? element.initial_user ?? element.initial_channel ?? element.initial_conversation
  );
}

const DRAWN = {
  button,
  overflow,
  image: imageElement,
  static_select: select,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  datepicker: picker("date", "initial_date"),
  timepicker: picker("time", "initial_time"),
  checkboxes: ticks("checkbox"),
  radio_buttons: ticks("radio"),
};
