/** The page's only way out: JSON to its own server, and the stream that says when something changed. */

/** One person's whole view. */
export async function fetchState(user) {
  const answer = await fetch(`/api/state?user=${encodeURIComponent(user)}`);
  if (!answer.ok) throw new Error(`the demo's server answered ${answer.status}`);
  return answer.json();
}

/**
 * Do something as a person, or to a stand-in.
 * @returns {Promise<{error: string|null, errors?: Object<string, string>}>} a network failure is an error like any other
 */
export async function post(path, body = {}) {
  try {
    const answer = await fetch(`/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await answer.json();
  } catch (failure) {
    return { error: `the demo's server does not answer (${failure.message})` };
  }
}

/**
 * Hear of every change. The browser reconnects by itself.
 * @returns {() => void} stops it
 */
export function listen(user, { changed, lost }) {
  const stream = new EventSource(`/api/changes?user=${encodeURIComponent(user)}`);
  stream.onmessage = (event) => changed(JSON.parse(event.data).version);
  stream.onerror = () => lost();
  return () => stream.close();
}
