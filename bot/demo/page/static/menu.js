/**
 * A menu that opens at a button: a listbox with a filter for selects, plain items for the rest.
 *
 * It stands outside of what is redrawn on live updates, so an open menu stays open and keeps its place. It is put into
 * the nearest dialog, because a modal dialog makes everything outside of itself inert.
 */

import { html, nothing, render } from "./vendor/lit-html/lit-html.js";

const FILTER_FROM = 6;
const GAP = 4;

let open = null;

/**
 * @param {HTMLElement} anchor the button it belongs to
 * @param {{label: string, items: {text: string, note?: string, group?: string, danger?: boolean, chosen?: boolean,
 *   pick: () => void}[], filter?: boolean}} menu
 */
export function openMenu(anchor, { label, items, filter = false }) {
  const again = open?.anchor === anchor;
  closeMenu();
  if (again) return;
  const layer = document.createElement("div");
  layer.className = "menu";
  (anchor.closest("dialog") ?? document.body).append(layer);
  open = {
    anchor,
    layer,
    label,
    items,
    sought: "",
    filter: filter && items.length >= FILTER_FROM,
    at: chosenOf(items),
  };
  anchor.setAttribute("aria-expanded", "true");
  draw();
  place(layer, anchor);
  layer.querySelector("input, [role=listbox]").focus();
  layer.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onOutside, true);
  addEventListener("resize", closeMenu);
}

/** Close it, if one is open. */
export function closeMenu() {
  if (!open) return;
  const { anchor, layer } = open;
  const hadFocus = layer.contains(document.activeElement);
  open = null;
  layer.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (hadFocus) anchor.focus();
  document.removeEventListener("pointerdown", onOutside, true);
  removeEventListener("resize", closeMenu);
}

function draw() {
  const { layer, label, filter, at } = open;
  const shown = matching();
  const current = shown.length ? `menu-${at}` : nothing;
  const list = html`<ul id="menu-list" role="listbox" aria-label=${label} tabindex=${filter ? "-1" : "0"}
    aria-activedescendant=${filter ? nothing : current}>${shown.map(item)}</ul>
    ${shown.length ? nothing : html`<p class="menu-empty">Nothing fits</p>`}`;
  const search = html`<input class="menu-filter" type="text" role="combobox" aria-label=${`Filter: ${label}`}
    aria-expanded="true" aria-controls="menu-list" aria-activedescendant=${current} autocomplete="off"
    placeholder="Filter" @input=${seek}>`;
  render(html`${filter ? search : nothing}${list}`, layer);
  layer.querySelector(".current")?.scrollIntoView({ block: "nearest" });
}

function item({ text, note, group, danger, chosen }, index, all) {
  const heads = group && group !== all[index - 1]?.group;
  const look = `${index === open.at ? "current" : ""} ${danger ? "danger" : ""}`;
  return html`${heads ? html`<li class="menu-group" role="presentation">${group}</li>` : nothing}
    <li id=${`menu-${index}`} role="option" class=${look} aria-selected=${chosen ? "true" : "false"}
      @pointermove=${() => moveTo(index)} @click=${() => pick(index)}>
      <span>${text}</span>${note ? html`<small>${note}</small>` : nothing}</li>`;
}

function matching() {
  const sought = open.sought.toLocaleLowerCase();
  return open.items.filter(({ text }) => text.toLocaleLowerCase().includes(sought));
}

function seek(event) {
  open.sought = event.target.value;
  open.at = 0;
  draw();
}

function moveTo(index) {
  if (open.at === index) return;
  open.at = index;
  draw();
}

function onKey(event) {
  const count = matching().length;
  const goes = { ArrowDown: open.at + 1, ArrowUp: open.at - 1 + count, Home: 0, End: count - 1 }[event.key];
  if (goes !== undefined && count) moveTo(goes % count);
  else if (event.key === "Enter" && count) pick(open.at);
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function pick(index) {
  const chosen = matching()[index];
  closeMenu();
  chosen.pick();
}

function chosenOf(items) {
  return Math.max(
    0,
    items.findIndex(({ chosen }) => chosen),
  );
}

function onOutside(event) {
  const { anchor, layer } = open;
  if (!layer.contains(event.target) && !anchor.contains(event.target)) closeMenu();
}

/** Under the button, or above it where there is more room, and never outside of the window. */
function place(layer, anchor) {
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - 2 * GAP;
  const above = box.top - 2 * GAP;
  const up = below < Math.min(layer.offsetHeight, 240) && above > below;
  layer.style.maxHeight = `${Math.min(up ? above : below, 360)}px`;
  layer.style.left = `${Math.max(GAP, Math.min(box.left, innerWidth - layer.offsetWidth - GAP))}px`;
  if (up) layer.style.bottom = `${innerHeight - box.top + GAP}px`;
  else layer.style.top = `${box.bottom + GAP}px`;
}
