"""The chat.* and reactions.* methods, and what Slack takes as a message."""

from typing import Any

from bot.demo.slack.blocks import MOST_TEXT, block_text, check_metadata
from bot.demo.slack.call import Call, Refused
from bot.demo.slack.shapes import Complaint
from bot.demo.slack.world import Channel, Message, sent

LONGEST_POST = 40_000
"""Slack cuts longer text off silently (chat.postMessage)."""
LONGEST_UPDATE = 4_000
"""Slack refuses longer text with `msg_too_long` (chat.update)."""
LONGEST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100

FLAGS = ("unfurl_links", "unfurl_media", "mrkdwn", "link_names", "reply_broadcast")
COMMON = {"channel", "text", "blocks", "attachments", "as_user", "link_names", "parse", "markdown_text"}
LOOKS = {"username", "icon_emoji", "icon_url"}
POST = (
    COMMON
    | LOOKS
    | {
        "thread_ts",
        "reply_broadcast",
        "unfurl_links",
        "unfurl_media",
        "mrkdwn",
        "metadata",
        "container_id",
        "client_msg_id",
    }
)
UPDATE = COMMON | {"ts", "metadata", "file_ids", "reply_broadcast"}
EPHEMERAL = COMMON | LOOKS | {"user", "thread_ts"}
ANSWER = {
    "text",
    "blocks",
    "attachments",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "metadata",
    "mrkdwn",
    "unfurl_links",
    "unfurl_media",
}
"""What a response_url, and the body that answers a command, may hold."""


def known_only(call: Call, known: set[str]) -> None:
    """Raises Refused (`invalid_arguments`) for an argument that the method does not have."""
    unknown = sorted(set(call.arguments) - known)
    if unknown:
        raise Refused("invalid_arguments", [Complaint(f"/{name}", f"unknown argument: {name}") for name in unknown])


def content(call: Call) -> dict[str, Any]:
    """The message that the arguments describe, checked. Raises Refused by Slack's name for what is wrong."""
    for name in FLAGS:
        call.flag(name)
    blocks, attachments = call.blocks(), _attachments(call)
    text = _text(call)
    if not (text or blocks or attachments):
        raise Refused("no_text")
    if blocks and block_text(blocks) > MOST_TEXT:
        raise Refused("msg_blocks_too_long")
    thread = call.text("thread_ts") or None
    parts = {"blocks": blocks, "attachments": attachments, "metadata": _metadata(call), "thread_ts": thread}
    return {"text": text[:LONGEST_POST], **{name: part for name, part in parts.items() if part is not None}}


def _text(call: Call) -> str:
    markdown = call.text("markdown_text")
    if markdown and ("text" in call.arguments or "blocks" in call.arguments):
        raise Refused("markdown_text_conflict")
    if len(markdown) > LONGEST_MARKDOWN:
        raise Refused("msg_too_long")
    return markdown or call.text("text")


def _attachments(call: Call) -> list[Any] | None:
    attachments = call.arguments.get("attachments")
    if attachments is not None and not isinstance(attachments, list):
        raise Refused("invalid_attachments")
    if attachments and len(attachments) > MOST_ATTACHMENTS:
        raise Refused("too_many_attachments")
    return attachments


def _metadata(call: Call) -> Any:
    metadata = call.arguments.get("metadata")
    error = None if metadata is None else check_metadata(metadata)
    if error:
        raise Refused(error)
    return metadata


def post_message(call: Call) -> dict[str, Any]:
    """Post into a channel the bot is in, by id or #name, or to a user by id."""
    known_only(call, POST)
    channel = _target(call)
    if call.arguments.keys() & LOOKS:
        call.needs_scope("chat:write.customize")
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


def post_ephemeral(call: Call) -> dict[str, Any]:
    """Show a message to one member of a channel."""
    known_only(call, EPHEMERAL)
    channel, user = _target(call), call.user()
    if user.id not in channel.members:
        raise Refused("user_not_in_channel")
    message = call.world.whisper(user.id, channel.id, content(call))
    return {"message_ts": message["ts"]}


def update(call: Call) -> dict[str, Any]:
    """Replace the text of one of the bot's own messages, and its blocks where new ones are given.

    Rich text and other blocks do not replace each other. Source: Slack, "chat.update".
    """
    known_only(call, UPDATE)
    message = _own(call, "cant_update_message")
    if len(call.text("text")) > LONGEST_UPDATE:
        raise Refused("msg_too_long")
    new = content(call)
    if new.get("blocks") and message["blocks"] and _is_rich(new["blocks"]) != _is_rich(message["blocks"]):
        raise Refused("block_mismatch")
    kept: dict[str, Any] = {name: message[name] for name in ("blocks", "attachments") if name in message}
    call.world.edit(message, {**kept, **new})
    return {"channel": message["channel"], "ts": message["ts"], "text": message["text"], "message": sent(message)}


def _is_rich(blocks: list[dict[str, Any]]) -> bool:
    return any(block["type"] == "rich_text" for block in blocks)


def delete(call: Call) -> dict[str, Any]:
    """Take one of the bot's own messages away."""
    message = _own(call, "cant_delete_message")
    call.world.remove(message)
    return {"channel": message["channel"], "ts": message["ts"]}


def _own(call: Call, refusal: str) -> Message:
    channel_id = call.need("channel")
    if channel_id not in call.world.channels:
        raise Refused("channel_not_found")
    message = call.world.find(channel_id, call.need("ts"))
    if message is None:
        raise Refused("message_not_found")
    if message["user"] != call.world.bot.user_id:
        raise Refused(refusal)
    return message


def add_reaction(call: Call) -> dict[str, Any]:
    """Put an emoji on a message, once."""
    message = call.world.find(call.need("channel"), call.need("timestamp"))
    if message is None:
        raise Refused("message_not_found")
    name, me = call.need("name"), call.world.bot.user_id
    reactions = message.setdefault("reactions", [])
    given = next((reaction for reaction in reactions if reaction["name"] == name), None)
    if given is None:
        reactions.append({"name": name, "users": [me], "count": 1})
    elif me in given["users"]:
        raise Refused("already_reacted")
    else:
        given["users"].append(me)
        given["count"] += 1
    call.world.changed()
    return {}
