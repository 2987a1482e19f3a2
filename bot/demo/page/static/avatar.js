/** A drawn face for everybody: initials on a colour that stays with the person; the bot has a sound wave. */

import { html } from "./vendor/lit-html/lit-html.js";
import { wave } from "./icons.js";

const HUES = 6;

/** Decoration beside a name, so hidden from screen readers. */
export function avatar(person, size = "") {
  const look = `avatar ${size} ${person.is_bot ? "hue-bot" : `hue-${hueOf(person.id)}`}`;
  return html`<span class=${look} aria-hidden="true">${person.is_bot ? wave : initials(person.real_name)}</span>`;
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0])
    .join("")
    .toUpperCase();
}

function hueOf(id) {
  return [...id].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES;
}
