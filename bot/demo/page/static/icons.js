/** Drawn here, a stroke each, so that the page needs no icon font. They only decorate: the words beside them tell. */

import { html } from "./vendor/lit-html/lit-html.js";

function icon(path, look = "") {
  return html`<svg class="icon ${look}" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path
    d=${path} /></svg>`;
}

export const hash = icon("M4 7.5h13M3 12.5h13M8 3 6 17M14 3l-2 14");
export const lock = icon("M5.5 9h9v7.5h-9zM7 9V6.5a3 3 0 0 1 6 0V9");
export const eye = icon(
  "M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S2 10 2 10ZM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6Z",
);
export const bolt = icon("M11 2 4 11.5h5L8.5 18l7-9.5h-5Z");
export const dots = icon("M10 4.5v.01M10 10v.01M10 15.5v.01", "heavy");
export const send = icon("M3 10 17 3.5 13 17l-3.5-5.5ZM9.5 11.5 17 3.5");
export const down = icon("m5.5 8 4.5 4.5L14.5 8");
export const close = icon("M5 5l10 10M15 5 5 15");
export const back = icon("M12 4.5 6.5 10l5.5 5.5");
export const menu = icon("M3 5.5h14M3 10h14M3 14.5h14");
export const reply = icon("M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5z");
export const house = icon("M3 9.5 10 3.5l7 6M5 8.5v8h10v-8");
export const sliders = icon("M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4");
export const sun = icon(
  "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M15.7 4.3l-1.1 1.1M5.4 14.6l-1.1 1.1",
);
export const wave = icon("M4 8.5v3M8 5.5v9M12 7.5v5M16 4.5v11");
export const plug = icon("M7 3v4M13 3v4M5.5 7h9v3a4.5 4.5 0 0 1-9 0ZM10 14.5V18");
