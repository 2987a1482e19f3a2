/** The question that a `confirm` object asks before an element acts. */

import { html, render } from "./vendor/lit-html/lit-html.js";
import { words } from "./richtext.js";

/** @returns {Promise<boolean>} whether to go on; at once when there is nothing to confirm */
export function confirmed(question) {
  if (!question) return Promise.resolve(true);
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog small";
    dialog.setAttribute("aria-labelledby", "confirm-title");
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    render(form(question), dialog);
    document.body.append(dialog);
    dialog.showModal();
  });
}

function form({ title, text, confirm, deny, style }) {
  return html`<form method="dialog">
    <h2 id="confirm-title">${title.text}</h2>
    <div class="dialog-body">${words(text)}</div>
    <div class="dialog-foot">
      <button class="button" value="no">${deny?.text ?? "Cancel"}</button>
      <button class="button ${style === "danger" ? "danger" : "primary"}" value="yes">${confirm?.text ?? "Yes"}</button>
    </div>
  </form>`;
}
