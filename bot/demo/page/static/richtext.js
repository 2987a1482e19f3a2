/** Rich text as elements of the page. All words become text nodes, so nothing that a caller is named is ever parsed. */

import { html } from "./vendor/lit-html/lit-html.js";
import { formatDate } from "./dates.js";
import { emoji } from "./emoji.js";
import { readMrkdwn } from "./mrkdwn.js";
import { nameOf, person, store } from "./store.js";

const SAFE_LINK = /^(https?|mailto|tel):/i;
const NUMERALS = ["decimal", "lower-alpha", "lower-roman"];

/** The parts of a rich_text block. */
export function richText(parts) {
  return parts.map(part);
}

/** A text object: mrkdwn or plain_text. */
export function words(text) {
  if (text.type === "mrkdwn") return richText(readMrkdwn(text.text, text));
  return html`<span class="lines">${text.text}</span>`;
}

/** Who reads, for times. */
export function reader() {
  return { zone: store.view.me.tz, now: store.view.now };
}

function part({ type, elements, ...more }) {
  switch (type) {
    case "rich_text_list":
      return list(elements, more);
    case "rich_text_quote":
      return html`<blockquote class="lines">${elements.map(inline)}</blockquote>`;
    case "rich_text_preformatted":
      return html`<pre>${elements.map(inline)}</pre>`;
    default:
      return html`<div class="lines">${elements.map(inline)}</div>`;
  }
}

function list(elements, { style, offset = 0, indent = 0 }) {
  const items = elements.map((one) => html`<li><span class="lines">${one.elements.map(inline)}</span></li>`);
  const look = `rich-list indent-${indent} ${NUMERALS[indent % 3]}`;
  if (style === "ordered") return html`<ol class=${look} start=${offset + 1}>${items}</ol>`;
  return html`<ul class=${look}>${items}</ul>`;
}

function inline(element) {
  return styled(DRAWN[element.type]?.(element) ?? `[${element.type}]`, element.style ?? {});
}

const DRAWN = {
  text: ({ text }) => text,
  emoji: ({ name, unicode }) => emoji(name) ?? fromCodes(unicode) ?? `:${name}:`,
  link: ({ url, text }) => link(url, text || url),
  user: ({ user_id: id }) => html`<span class="mention">@${person(id).name}</span>`,
  usergroup: ({ usergroup_id: id, label }) => html`<span class="mention">${label || `@${id}`}</span>`,
  broadcast: ({ range }) => html`<span class="mention loud">@${range}</span>`,
  channel: ({ channel_id: id, label }) => html`<span class="mention">#${channelName(id, label)}</span>`,
  color: ({ value }) => value,
  date,
};

function date({ timestamp, format, url, fallback }) {
  const whole = new Date(timestamp * 1000);
  if (Number.isNaN(whole.getTime())) return fallback ?? "";
  const shown = formatDate(timestamp, format, reader());
  const time = html`<time datetime=${whole.toISOString()} title=${fallback ?? ""}>${shown}</time>`;
  return url ? link(url, time) : time;
}

/** A link whose address is not one for the web stays words. */
function link(url, label) {
  if (!SAFE_LINK.test(url)) return label;
  return html`<a href=${url} target="_blank" rel="noreferrer noopener">${label}</a>`;
}

function styled(content, style) {
  let drawn = content;
  if (style.code) drawn = html`<code>${drawn}</code>`;
  if (style.bold) drawn = html`<strong>${drawn}</strong>`;
  if (style.italic) drawn = html`<em>${drawn}</em>`;
  if (style.strike) drawn = html`<s>${drawn}</s>`;
  if (style.underline) drawn = html`<u>${drawn}</u>`;
  return style.highlight ? html`<mark>${drawn}</mark>` : drawn;
}

function channelName(id, label) {
  const known = store.view.channels.find((one) => one.id === id);
  return known ? nameOf(known) : label || "private channel";
}

function fromCodes(unicode) {
  return unicode && String.fromCodePoint(...unicode.split("-").map((code) => parseInt(code, 16)));
}
