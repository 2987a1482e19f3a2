"""Post messages into channels, and find a post there again."""

from datetime import timedelta
from functools import partial
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.delivery import Kind, Post
from bot.errors import SlackOutcomeUnknown
from bot.slack.clients import Clients, read_all
from bot.slack.errors import slack_errors
from bot.slack.features import announcements

EVENT_TYPES = {
    Kind.RECORDINGS: "recordings_posted",
    Kind.WELCOME: "recordings_welcome",
    Kind.ALERT: "recordings_alert",
}
"""Of the message metadata."""
MAX_CLOCK_DIFFERENCE = timedelta(days=1)
"""Between our clock and Slack's, for the search for the first post in a channel."""
PAGE = 200


class SlackMessenger:
    """The `Messenger` port over Slack's Web API."""

    def __init__(self, clients: Clients, *, page: int = PAGE) -> None:
        """`page` is how many messages one request reads."""
        self._clients = clients
        self._page = page

    async def post(self, post: Post) -> str:
        """Post the message once, without a retry, and return its `ts`. Raises SlackError.

        The metadata contains ids only: everybody in the workspace can read it.
        """
        arguments = {"channel": post.channel, "metadata": metadata(post), **_payload(post)}
        with slack_errors("the post"):
            answer = await self._clients.posts.chat_postMessage(**arguments)
        if not (ts := answer.get("ts")):
            raise SlackOutcomeUnknown("Slack did not say where it put the message")
        return str(ts)

    async def find(self, post: Post) -> str | None:
        """Return the `ts` of this post if it is in the channel. Raises SlackError.

        It searches the messages after our last one there, by Slack's clock, because ours may be wrong.
        """
        with slack_errors("the search for a post"):
            async for message in read_all(partial(self._messages, post), "messages"):
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("delivery") == post.key:
                    return str(message["ts"])
        return None

    async def _messages(self, post: Post, cursor: str | None) -> AsyncSlackResponse:
        return await self._clients.reads.conversations_history(
            channel=post.channel, oldest=_oldest(post), limit=self._page, include_all_metadata=True, cursor=cursor
        )


def _oldest(post: Post) -> str:
    """Return the `ts` from which the search begins."""
    if post.after:
        return post.after
    return f"{(post.started_at - MAX_CLOCK_DIFFERENCE).timestamp():.6f}" if post.started_at else "0"


def metadata(post: Post) -> dict[str, Any]:
    """Return the metadata by which `find` recognises the post."""
    payload: dict[str, Any] = {"site": post.site, "delivery": post.key}
    if post.kind is Kind.RECORDINGS:
        payload["recordings"] = [recording.id for recording in post.recordings]
    return {"event_type": EVENT_TYPES[post.kind], "event_payload": payload}


def _payload(post: Post) -> dict[str, Any]:
    payload = announcements.message(post).payload()
    return payload if payload["blocks"] else {name: value for name, value in payload.items() if name != "blocks"}
