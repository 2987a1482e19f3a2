/** Starts the page: one person's view, drawn again after every change at either stand-in. */

import { html, nothing, render } from "./vendor/lit-html/lit-html.js";
import { fetchState, listen } from "./api.js";
import { channelPane, threadPane } from "./channel.js";
import { become, focusComposer, fromAddress, goTo, hooks, possible } from "./going.js";
import { homePane } from "./home.js";
import { modal } from "./modal.js";
import { complaintBar, spokenNewest } from "./notices.js";
import { panel } from "./panel.js";
import { takeNote, unread } from "./reading.js";
import { keepEnds, noteEnds } from "./scrolling.js";
import { sidebar } from "./sidebar.js";
import { HOME, onChange, set, store } from "./store.js";
import { startTheme } from "./theme.js";

const WIDE = "(min-width: 1100px)";
const root = document.getElementById("app");

let stop = () => {};
let asking = false;
let askAgain = false;

function draw() {
  if (!store.view) return;
  noteEnds();
  takeNote();
  render(page(), root);
  keepEnds();
  const waiting = store.view.channels.reduce((sum, { id }) => sum + unread(id), 0);
  document.title = `${waiting ? `(${waiting}) ` : ""}Recordings · demo`;
}

function page() {
  return html`
    ${complaintBar()}
    <div class="columns">
      ${sidebar()}
      <main class="main" aria-label="Conversation">${store.place === HOME ? homePane() : channelPane()}</main>
      ${threadPane()}${panel()}
      ${
        store.drawer || store.panel
          ? html`<button type="button" class="shade" tabindex="-1" aria-label="Close"
        @click=${shut}></button>`
          : nothing
      }
    </div>
    ${modal()}${spokenNewest()}`;
}

function shut() {
  set({ drawer: false, panel: false });
}

/** Ask for the newest view. Changes that come while asking lead to one more question, not to many. */
async function refresh() {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    const view = await fetchState(store.user);
    const first = !store.view;
    if (view.me.id === store.user) set({ view, place: possible(view, store.place), online: true });
    if (first) focusComposer();
  } catch {
    set({ online: false });
  }
  asking = false;
  if (askAgain) {
    askAgain = false;
    await refresh();
  }
}

/** The stream tells the version at once, so the first view is asked for by it too. */
function follow() {
  stop();
  stop = listen(store.user, { changed: refresh, lost: () => set({ online: false }) });
}

addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (store.drawer) set({ drawer: false });
  else if (store.thread) set({ thread: "" });
});

addEventListener("hashchange", () => {
  const { user, place } = fromAddress();
  if (user && user !== store.user) become(user);
  if (place) goTo(place);
});

startTheme();
store.panel = matchMedia(WIDE).matches;
Object.assign(store, fromAddress());
hooks.personChanged = follow;
onChange(draw);
follow();
