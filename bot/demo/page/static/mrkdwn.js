/**
 * Slack's mrkdwn, read into the parts of a rich_text block, so that there is one way to draw text.
 * Source: Slack, "Formatting message text".
 */

const STYLES = { "*": "bold", _: "italic", "~": "strike" };
const EDGE = "[\\p{L}\\p{N}]";
const TOKEN = new RegExp(
  [
    "<(?<angle>[^<>\\n]+)>",
    "`(?<code>[^`\\n]+)`",
    `(?<!${EDGE})(?<mark>[*_~])(?=\\S)(?<styled>[^\\n]*?\\S)\\k<mark>(?!${EDGE})`,
    ":(?<emoji>[a-z0-9_+-]+):",
    "(?<url>https?://[^\\s<>|]+)",
  ].join("|"),
  "u",
);

/** @returns {object[]} parts: sections, quotes and preformatted text */
export function readMrkdwn(text, { verbatim = false } = {}) {
  return text.split(/```\n?([^]*?)\n?```/).flatMap((piece, index) => {
    if (index % 2) return [preformatted(piece)];
    return piece ? quotesAndLines(piece.replace(/^\n|\n$/g, index ? "" : "$&"), verbatim) : [];
  });
}

/** The same text without its marks, for titles, previews and screen readers. */
export function plainly(text) {
  return text
    .replace(/<([^<>\n]+)>/g, (_, inside) => spokenAngle(inside))
    .replace(/[*_~`]/g, "")
    .replace(/&(amp|lt|gt);/g, decodeOne);
}

function quotesAndLines(text, verbatim) {
  const parts = [];
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?/.exec(line);
    const type = quoted ? "rich_text_quote" : "rich_text_section";
    const elements = inline(quoted ? line.slice(quoted[0].length) : line, {}, verbatim);
    const last = parts.at(-1);
    if (last?.type === type) last.elements.push({ type: "text", text: "\n" }, ...elements);
    else parts.push({ type, elements });
  }
  return parts;
}

function preformatted(text) {
  return { type: "rich_text_preformatted", elements: [{ type: "text", text: decode(text) }] };
}

function inline(text, style, verbatim) {
  const elements = [];
  let rest = text;
  for (let found = TOKEN.exec(rest); found; found = TOKEN.exec(rest)) {
    if (found.index) elements.push(words(rest.slice(0, found.index), style));
    elements.push(...token(found, style, verbatim));
    rest = rest.slice(found.index + found[0].length);
  }
  return rest ? [...elements, words(rest, style)] : elements;
}

function token({ 0: written, groups }, style, verbatim) {
  if (groups.angle) return [angle(groups.angle, style)];
  if (groups.code) return [words(groups.code, { ...style, code: true })];
  if (groups.mark) return inline(groups.styled, { ...style, [STYLES[groups.mark]]: true }, verbatim);
  if (groups.emoji) return [{ type: "emoji", name: groups.emoji }];
  return [verbatim ? words(written, style) : { type: "link", url: decode(groups.url), style }];
}

function angle(inside, style) {
  const [target, label] = split(inside, "|");
  const sign = target[0];
  if (sign === "@") return { type: "user", user_id: target.slice(1), style };
  if (sign === "#") return { type: "channel", channel_id: target.slice(1), label, style };
  if (sign === "!") return special(target.slice(1), label, style);
  return { type: "link", url: decode(target), text: label && decode(label), style };
}

function special(target, label, style) {
  const [name, ...rest] = target.split("^");
  if (name === "date") {
    const [timestamp, format, url] = rest;
    return { type: "date", timestamp: Number(timestamp), format: decode(format ?? ""), url, fallback: label, style };
  }
  if (name === "subteam") return { type: "usergroup", usergroup_id: rest[0], label, style };
  return { type: "broadcast", range: name, style };
}

function spokenAngle(inside) {
  const [target, label] = split(inside, "|");
  return label || target.replace(/^[@#!]/, "");
}

function split(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function words(text, style) {
  return { type: "text", text: decode(text), style };
}

function decode(text) {
  return text.replace(/&(amp|lt|gt);/g, decodeOne);
}

function decodeOne(_, name) {
  return { amp: "&", lt: "<", gt: ">" }[name];
}
