"""chat.postMessage, and the checks of a message's content."""

from typing import Any

from bot.demo.slack.blocks import MOST_TEXT, block_text, check_metadata
from bot.demo.slack.call import Call, Refused
from bot.demo.slack.shapes import Complaint
from bot.demo.slack.world import Channel, sent

LONGEST_POST = 40_000
"""Maximum characters of a text. Slack cuts off the rest without an error (chat.postMessage)."""
FLAGS = ("unfurl_links", "unfurl_media", "mrkdwn")
COMMON = {"text", "blocks", "metadata", "thread_ts", "mrkdwn", "unfurl_links", "unfurl_media"}
POST = COMMON | {"channel", "client_msg_id"}
ANSWER = COMMON | {"response_type", "replace_original", "delete_original"}
"""Allowed keys of a body for a response_url, and of the body that answers a command."""


def known_only(call: Call, known: set[str]) -> None:
    """Raise Refused (`invalid_arguments`) for an argument that the method does not have."""
    unknown = sorted(set(call.arguments) - known)
    if unknown:
        raise Refused("invalid_arguments", [Complaint(f"/{name}", f"unknown argument: {name}") for name in unknown])


def content(call: Call) -> dict[str, Any]:
    """Return the checked message that the arguments describe. Raises Refused with Slack's name for the error."""
    for name in FLAGS:
        call.flag(name)
    blocks, text = call.blocks(), call.text("text")
    if not (text or blocks):
        raise Refused("no_text")
    if blocks and block_text(blocks) > MOST_TEXT:
        raise Refused("msg_blocks_too_long")
    thread = call.text("thread_ts") or None
    parts = {"blocks": blocks, "metadata": _metadata(call), "thread_ts": thread}
    return {"text": text[:LONGEST_POST], **{name: part for name, part in parts.items() if part is not None}}


def _metadata(call: Call) -> Any:
    metadata = call.arguments.get("metadata")
    error = None if metadata is None else check_metadata(metadata)
    if error:
        raise Refused(error)
    return metadata


def post_message(call: Call) -> dict[str, Any]:
    """Post to a channel that the bot is in, by id or #name, or to a user by id."""
    known_only(call, POST)
    channel = _target(call)
    message = call.world.say(channel.id, content(call))
    return {"channel": channel.id, "ts": message["ts"], "message": sent(message)}


def _target(call: Call) -> Channel:
    name = call.need("channel")
    if name in call.world.users:
        return call.world.dm(name)
    channel = call.world.channels.get(name) or (call.world.channel_named(name) if name.startswith("#") else None)
    if channel is None or call.hidden(channel):
        raise Refused("channel_not_found")
    if channel.is_archived:
        raise Refused("is_archived")
    if not call.joined(channel) and "chat:write.public" not in call.scopes:
        raise Refused("not_in_channel")
    return channel
