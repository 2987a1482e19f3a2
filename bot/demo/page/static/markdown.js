/** The `markdown` block: enough of CommonMark for what a bot writes, read into rich_text parts. */

const INLINE =
  /\*\*(?<bold>.+?)\*\*|(?<![\w*])[*_](?<italic>[^*_\n]+)[*_](?!\w)|~~(?<strike>.+?)~~|`(?<code>[^`]+)`|\[(?<label>[^\]]+)\]\((?<url>[^)\s]+)\)/;

/** @returns {object[]} parts of a rich_text block */
export function readMarkdown(text) {
  return text.split(/```\w*\n([^]*?)\n?```/).flatMap((piece, index) => {
    if (index % 2) return [{ type: "rich_text_preformatted", elements: [{ type: "text", text: piece }] }];
    return piece.trim().split("\n").reduce(addLine, []);
  });
}

function addLine(parts, line) {
  const [, bullet, number, item] = /^\s*(?:([-*+])|(\d+)[.)])\s+(.*)$/.exec(line) ?? [];
  if (item !== undefined) return addItem(parts, bullet ? "bullet" : "ordered", Number(number ?? 1), item);
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  const quote = /^>\s?(.*)$/.exec(line);
  const elements = heading ? inline(heading[1], { bold: true }) : inline(quote ? quote[1] : line, {});
  return join(parts, quote ? "rich_text_quote" : "rich_text_section", elements);
}

function addItem(parts, style, first, text) {
  const section = { type: "rich_text_section", elements: inline(text, {}) };
  const last = parts.at(-1);
  if (last?.type === "rich_text_list" && last.style === style) last.elements.push(section);
  else parts.push({ type: "rich_text_list", style, offset: first - 1, elements: [section] });
  return parts;
}

function join(parts, type, elements) {
  const last = parts.at(-1);
  if (last?.type === type) last.elements.push({ type: "text", text: "\n" }, ...elements);
  else parts.push({ type, elements });
  return parts;
}

function inline(text, style) {
  const found = INLINE.exec(text);
  if (!found) return text ? [{ type: "text", text, style }] : [];
  const before = inline(text.slice(0, found.index), style);
  return [...before, ...marked(found.groups, style), ...inline(text.slice(found.index + found[0].length), style)];
}

function marked({ bold, italic, strike, code, label, url }, style) {
  if (bold) return inline(bold, { ...style, bold: true });
  if (italic) return inline(italic, { ...style, italic: true });
  if (strike) return inline(strike, { ...style, strike: true });
  if (code) return [{ type: "text", text: code, style: { ...style, code: true } }];
  return [{ type: "link", url, text: label, style }];
}
