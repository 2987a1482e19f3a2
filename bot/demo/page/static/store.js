/**
 * What the page knows. `view` is the server's word and is replaced whole; the rest is this browser's own: where one
 * is, what one has read, what one has chosen. Everything drawn is drawn from here.
 */

export const store = {
  /** @type {object|null} the answer of /api/state */
  view: null,
  user: "U0ANA",
  /** A channel's id, or HOME. */
  place: "",
  /** The `ts` of the thread beside the channel, or "". */
  thread: "",
  /** Whether the side panel is open, and on a phone the sidebar. */
  panel: true,
  drawer: false,
  /** What the composer's last line came to, when Slack has something to say about it. */
  notice: "",
  online: true,
  /** How many of the server's complaints have been waved away. */
  forgiven: 0,
};

export const HOME = "home";

const listeners = new Set();

/** Be called after every change. */
export function onChange(listener) {
  listeners.add(listener);
}

/** Change something and have it drawn. */
export function set(changes) {
  Object.assign(store, changes);
  for (const listener of listeners) listener();
}

/** The bot, as a member of the workspace. */
export function bot() {
  return Object.values(store.view.people).find((person) => person.is_bot);
}

/** A person who may have left: never undefined. */
export function person(id) {
  return store.view.people[id] ?? { id, name: id, real_name: id, tz: "UTC", role: "", is_bot: false };
}

/** The channel that is open, or undefined on App Home. */
export function channel() {
  return store.view.channels.find((one) => one.id === store.place);
}

/** A channel's messages, oldest first. */
export function messages(id) {
  return store.view.messages[id] ?? [];
}

/** A channel's name as one reads it: a direct message is named after the other. */
export function nameOf(one) {
  return one.kind === "dm" ? person(one.with).real_name : one.name;
}
