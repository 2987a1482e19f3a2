/** Slack's data_visualization block as SVG: bars as rows, which a phone has room for, and a pie with a legend. */

import { html, nothing, svg } from "./vendor/lit-html/lit-html.js";

const ROW = 24;
const FIGURES = 14; // per cent of the width

/** The block. */
export function drawChart({ title, chart }) {
  const draw = DRAWN[chart.type];
  if (!draw) return html`<p class="unknown">[a chart of type ${chart.type}]</p>`;
  return html`<figure class="block chart"><figcaption>${title}</figcaption>${draw(chart, title)}</figure>`;
}

function bars({ series, axis_config: { categories } }, title) {
  const most = Math.max(1, ...series.flatMap(({ data }) => data.map(({ value }) => value)));
  const labels = Math.min(40, 5 + 2.6 * Math.max(...categories.map((label) => label.length)));
  const room = 100 - labels - FIGURES;
  const rows = categories.flatMap((label) =>
    series.map(({ name, data }, place) => ({
      label: place ? "" : label,
      place,
      value: data.find((point) => point.label === label)?.value ?? 0,
      spoken: series.length > 1 ? `${label}, ${name}` : label,
    })),
  );
  return html`<svg height=${rows.length * ROW} role="img" aria-label=${spoken(title, rows)}>
      ${rows.map((row, index) => bar(row, index, labels, (row.value / most) * room))}
    </svg>
    ${series.length > 1 ? legend(series.map(({ name }) => ({ label: name }))) : nothing}`;
}

function bar({ label, value, place }, index, left, width) {
  const middle = (index + 0.5) * ROW;
  return svg`<text class="label" x="${left}%" dx="-8" y=${middle}>${label}</text>
    <rect class="colour-${place}" x="${left}%" y=${middle - 8} width="${width}%" height="16" rx="3"></rect>
    <text class="figure" x="${left + width}%" dx="6" y=${middle}>${value.toLocaleString("en")}</text>`;
}

function pie({ segments }, title) {
  const total = segments.reduce((sum, { value }) => sum + value, 0);
  let turned = 0;
  const slices = segments.map(({ value }, place) => {
    const from = turned;
    turned += value / total;
    if (value === total) return svg`<circle class="colour-${place}" r="50" cx="50" cy="50"></circle>`;
    const arc = `A50 50 0 ${value * 2 > total ? 1 : 0} 1 ${onRim(turned)}`;
    return svg`<path class="colour-${place}" d="M50 50L${onRim(from)}${arc}Z"></path>`;
  });
  const rows = segments.map((one) => ({ ...one, spoken: one.label, share: Math.round((one.value / total) * 100) }));
  return html`<div class="pie">
    <svg viewBox="0 0 100 100" role="img" aria-label=${spoken(title, rows)}>${slices}</svg>
    ${legend(rows)}
  </div>`;
}

/** A point on the rim, so much of the whole turn after twelve o'clock. */
function onRim(share) {
  const angle = share * 2 * Math.PI;
  return `${50 + 50 * Math.sin(angle)} ${50 - 50 * Math.cos(angle)}`;
}

function legend(rows) {
  const figures = ({ value, share }) => (value === undefined ? "" : `${value.toLocaleString("en")} · ${share}%`);
  return html`<ul class="legend">${rows.map(
    (row, place) => html`<li><i class="colour-${place}"></i><span>${row.label}</span> <b>${figures(row)}</b></li>`,
  )}</ul>`;
}

function spoken(title, rows) {
  return `${title}: ${rows.map((row) => `${row.spoken} ${row.value}`).join(", ")}`;
}

const DRAWN = { bar: bars, pie };
