"""Put a post into a channel, and find it there again."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from bot.domain.delivery import Kind, Post
from bot.errors import SlackOutcomeUnknown
from bot.slack.clients import Clients
from bot.slack.failures import slack_error
from bot.slack.messages import announcement, welcome

POSTED = "recordings_posted"
WELCOMED = "recordings_welcome"
CLOCKS_APART = timedelta(minutes=10)
"""How far our clock and Slack's may differ when a post is looked for."""
PAGE = 200


class SlackMessenger:
    """The `Messenger` port over Slack's Web API."""

    def __init__(self, clients: Clients, *, page: int = PAGE) -> None:
        """`page` is how many messages are asked for at a time."""
        self._clients = clients
        self._page = page

    async def post(self, post: Post) -> str:
        """Send it once. The metadata carries ids only: everybody in the workspace can read it."""
        arguments = {"channel": post.channel, "metadata": metadata(post), **_payload(post)}
        try:
            answer = await self._clients.posts.chat_postMessage(**arguments)
        except Exception as error:
            raise slack_error(error, "chat.postMessage") from error
        if not (ts := answer.get("ts")):
            raise SlackOutcomeUnknown("Slack did not say where it put the message")
        return str(ts)

    async def find(self, post: Post) -> str | None:
        """Look through the channel's messages since the post was first tried."""
        try:
            async for message in self._messages(post.channel, post.started_at):
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("delivery") == post.key:
                    return str(message["ts"])
        except Exception as error:
            raise slack_error(error, "conversations.history") from error
        return None

    async def _messages(self, channel: str, since: datetime | None) -> AsyncIterator[dict[str, Any]]:
        oldest = f"{(since - CLOCKS_APART).timestamp():.6f}" if since else "0"
        cursor = ""
        while True:
            answer = await self._clients.reads.conversations_history(
                channel=channel, oldest=oldest, limit=self._page, include_all_metadata=True, cursor=cursor or None
            )
            for message in answer.get("messages") or ():
                yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def metadata(post: Post) -> dict[str, Any]:
    """What marks the message as ours, and as this one."""
    payload: dict[str, Any] = {"site": post.site, "delivery": post.key}
    if post.kind is Kind.WELCOME:
        return {"event_type": WELCOMED, "event_payload": payload}
    return {
        "event_type": POSTED,
        "event_payload": {**payload, "recordings": [recording.id for recording in post.recordings]},
    }


def _payload(post: Post) -> dict[str, Any]:
    message = welcome() if post.kind is Kind.WELCOME else announcement(post)
    payload = message.payload()
    if post.plain:
        del payload["blocks"]
    return payload
