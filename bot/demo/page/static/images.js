/** Images and files. Only this server's own are shown: the page asks nothing of any other. */

import { html, nothing } from "./vendor/lit-html/lit-html.js";

/** The image element of a section or context. */
export function imageElement({ alt_text: alt, ...source }) {
  const address = addressOf(source);
  return address
    ? html`<img class="thumb" src=${address} alt=${alt}>`
    : html`<span class="unknown">[image: ${alt}]</span>`;
}

/** The image block. */
export function imageBlock({ alt_text: alt, title, ...source }) {
  const address = addressOf(source);
  const image = address
    ? html`<img src=${address} alt=${alt}>`
    : html`<div class="absent">Image from elsewhere: ${alt}</div>`;
  return html`<figure class="image">${title ? html`<figcaption>${title.text}</figcaption>` : nothing}${image}</figure>`;
}

/** A file shared in a message: heard, seen, or fetched. */
export function fileCard(file) {
  const address = `/files/${encodeURIComponent(file.id)}`;
  const name = file.title || file.name;
  const kind = (file.mimetype || "").split("/")[0];
  const facts = [file.filetype, sizeOf(file.size)].filter(Boolean);
  return html`<figure class="file">
    <figcaption><strong>${name}</strong><span>${facts.join(" · ")}</span></figcaption>
    ${content(kind, address, name, file)}
  </figure>`;
}

function content(kind, address, name, file) {
  if (kind === "audio") return html`<audio controls preload="metadata" src=${address} aria-label=${name}></audio>`;
  if (kind === "image") return html`<img src=${address} alt=${file.alt_txt || name}>`;
  return html`<a class="button" href=${address} download=${file.name}>Download</a>`;
}

function addressOf({ image_url: url, slack_file: file }) {
  if (file) return `/files/${encodeURIComponent(file.id ?? file.url.split("/").pop())}`;
  return url && new URL(url, location.href).origin === location.origin ? url : null;
}

function sizeOf(bytes) {
  if (!bytes) return "";
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
