/** Going somewhere: to a channel, to App Home, into another person's skin. The address remembers it. */

import { post } from "./api.js";
import { closeMenu } from "./menu.js";
import { HOME, set, store } from "./store.js";

/** What to call when the person changes: main.js sets it, because it holds the stream. */
export const hooks = { personChanged: () => {} };

/** Open a channel, or App Home. */
export function goTo(place) {
  closeMenu();
  set({ place, thread: "", notice: "", drawer: false });
  remember();
  focusComposer();
  if (place === HOME) post("home", { user: store.user });
}

/** Be somebody else. Where they have no such channel, their first one opens. */
export function become(user) {
  set({ user, thread: "", notice: "", drawer: false });
  hooks.personChanged();
  remember();
}

/** Where the address leads: `#U0ANA/C0CALLS`. */
export function fromAddress() {
  const [user = "", place = ""] = location.hash.slice(1).split("/");
  return { ...(user && { user }), ...(place && { place }) };
}

/** A place that this person can be in: the one asked for, or their first channel. */
export function possible(view, place) {
  const here = place === HOME || view.channels.some(({ id }) => id === place);
  return here ? place : (view.channels[0]?.id ?? HOME);
}

/** Ready to type, where there is a keyboard: on a phone one would spring up over the messages. */
export function focusComposer() {
  if (matchMedia("(hover: hover)").matches) document.getElementById("composer-channel")?.focus();
}

function remember() {
  history.replaceState(null, "", `#${store.user}/${store.place}`);
}
