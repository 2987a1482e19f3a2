/** Block Kit as Slack draws it. A block that this page does not know says so instead of being left out. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { repeat } from "./vendor/lit-html/directives/repeat.js";
import { drawChart } from "./charts.js";
import { drawElement, plain } from "./elements.js";
import { imageBlock, imageElement } from "./images.js";
import { drawInput } from "./inputs.js";
import { readMarkdown } from "./markdown.js";
import { richText, words } from "./richtext.js";

/**
 * @param {object[]} blocks
 * @param {import("./acting.js").Spot} spot where they stand
 * @param {Object<string, string>} errors under a form's inputs, by block_id
 */
export function drawBlocks(blocks, spot, errors = {}) {
  const keyOf = (block, index) => block.block_id ?? index;
  return html`<div class="blocks">${repeat(blocks, keyOf, (block) => draw(block, spot, errors))}</div>`;
}

function draw(block, spot, errors) {
  const drawn = DRAWN[block.type];
  return drawn ? drawn(block, spot, errors) : html`<p class="unknown">[a block of type ${block.type}]</p>`;
}

function section(block, spot) {
  const { text, fields, accessory } = block;
  return html`<div class="block section">
    <div class="section-text">
      ${text ? html`<div>${words(text)}</div>` : nothing}
      ${fields ? html`<div class="fields">${fields.map((field) => html`<div>${words(field)}</div>`)}</div>` : nothing}
    </div>
    ${accessory ? html`<div class="accessory">${drawElement(accessory, spot, block)}</div>` : nothing}
  </div>`;
}

function actions(block, spot) {
  return html`<div class="block actions">${block.elements.map((element) => drawElement(element, spot, block))}</div>`;
}

function context({ elements }) {
  const one = (element) => (element.type === "image" ? imageElement(element) : html`<span>${words(element)}</span>`);
  return html`<div class="block context">${elements.map(one)}</div>`;
}

function table({ rows, column_settings: columns = [] }) {
  const [head = [], ...body] = rows;
  const cell = (one) => (one.type === "rich_text" ? richText(one.elements) : (one.text ?? String(one.value ?? "")));
  const look = (index) => `${columns[index]?.align ?? "left"} ${columns[index]?.is_wrapped ? "wrapped" : ""}`;
  return html`<div class="block table" role="region" aria-label="Table" tabindex="0"><table>
    <thead><tr>${head.map((one, index) => html`<th scope="col" class=${look(index)}>${cell(one)}</th>`)}</tr></thead>
    <tbody>${body.map(
      (row) =>
        html`<tr>${row.map(
          (one, index) => html`<td
      class=${look(index)}>${cell(one)}</td>`,
        )}</tr>`,
    )}</tbody>
  </table></div>`;
}

const DRAWN = {
  section,
  actions,
  context,
  table,
  data_table: table,
  data_visualization: drawChart,
  input: drawInput,
  image: (block) => html`<div class="block">${imageBlock(block)}</div>`,
  divider: () => html`<hr class="block">`,
  header: ({ text }) => html`<h3 class="block header">${plain(text)}</h3>`,
  rich_text: ({ elements }) => html`<div class="block">${richText(elements)}</div>`,
  markdown: ({ text }) => html`<div class="block">${richText(readMarkdown(text))}</div>`,
  alert: ({ text, level = "default" }) => html`<div class="block alert ${level}">${words(text)}</div>`,
};
