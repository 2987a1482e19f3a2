/** What the composer offers while a slash command is typed. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { bot, store } from "./store.js";
import { avatar } from "./avatar.js";

/** The commands that what is typed may become. */
export function fitting(text) {
  if (!/^\/\S*$/.test(text)) return [];
  return store.view.commands.filter(({ command }) => command.startsWith(text));
}

/** The command whose words are being typed, or undefined. */
export function running(text) {
  return store.view.commands.find(({ command }) => text === command || text.startsWith(`${command} `));
}

/** The list above the composer. */
export function suggestions(id, offered, at, pick) {
  if (!offered.length) return nothing;
  return html`<ul class="suggestions" id=${id} role="listbox" aria-label="Commands">${offered.map(
    (one, index) => html`<li role="option" id=${`${id}-${index}`} aria-selected=${String(index === at)}
      class=${index === at ? "current" : ""}
        @pointerdown=${(event) => {
          event.preventDefault(); // keeps the focus in the composer
          pick(one);
        }}>${avatar(bot(), "small")}
        <span class="what"><strong>${one.command}</strong> <span>${one.hint}</span>
          <small>${one.description}</small></span></li>`,
  )}</ul>`;
}

/** What may follow the command being typed, or else which key sends. */
export function typingHint(text) {
  const command = running(text);
  return command ? html`<code>${command.command}</code> ${command.hint}` : html`<kbd>Enter</kbd> sends`;
}
