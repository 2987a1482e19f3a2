/** Which messages have been seen, by person and channel. Only this browser knows; a reload has seen everything. */

import { messages, store } from "./store.js";

const seen = new Map();

/** What is there when a person first comes counts as read, and so does what arrives where they are looking. */
export function takeNote() {
  const { view, user, place } = store;
  for (const { id } of view.channels) {
    const key = `${user}/${id}`;
    if (id === place || !seen.has(key)) seen.set(key, newest(id));
  }
}

/** How many messages of others are unread in this channel. */
export function unread(id) {
  const mark = seen.get(`${store.user}/${id}`) ?? "";
  return messages(id).filter((message) => message.ts > mark && message.user !== store.user).length;
}

function newest(id) {
  return messages(id).reduce((latest, message) => (message.ts > latest ? message.ts : latest), "");
}
