"""Payloads that Slack sends to the bot: commands, interactions and events, with the keys of Slack's own samples."""

import re
from typing import Any

from bot.demo.slack.world import Message, World, sent

TOKEN = "deprecated-verification-token"
MENTION = re.compile(r"(?<!\S)([@#])([a-z0-9][a-z0-9._-]*)")
URL = re.compile(r"https?://[^\s<>]+")


def escaped(world: World, typed: str) -> str:
    """Return typed text as Slack sends it with `should_escape: true` (Slack, "Slash commands").

    `& < >` become entities. Existing names become `<@U…>` and `<#C…|name>` (without the name for a private channel).
    URLs are enclosed in angle brackets.
    """
    text = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = URL.sub(lambda found: f"<{found.group()}>", text)
    return MENTION.sub(lambda found: _mention(world, found.group(1), found.group(2)) or found.group(), text)


def _mention(world: World, sign: str, name: str) -> str | None:
    if sign == "@":
        return next((f"<@{user.id}>" for user in world.users.values() if user.name == name), None)
    channel = world.channel_named(name)
    return f"<#{channel.id}|{'' if channel.is_private else channel.name}>" if channel else None


def command(world: World, *, user: str, channel: str, command: str, text: str, links: dict[str, str]) -> dict[str, Any]:
    """Return the payload of a slash command. `links` contains its trigger_id and response_url."""
    return {
        "token": TOKEN,
        "team_id": world.team.id,
        "team_domain": world.team.domain,
        "channel_id": channel,
        "channel_name": _channel_name(world, channel),
        "user_id": user,
        "user_name": world.users[user].name,
        "command": command,
        "text": text,
        "api_app_id": world.bot.app_id,
        "is_enterprise_install": "false",
        **links,
    }


def block_actions(
    world: World,
    *,
    user: str,
    place: dict[str, Any],
    action: dict[str, Any],
    links: dict[str, str],
    values: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the payload of a click or choice on a message or a view.

    It does not contain an ephemeral message itself. `values` are the states of a view's inputs, as in
    `view_submission`.
    """
    payload = {**_interaction(world, "block_actions", user), **links, "state": {"values": {}}}
    payload["actions"] = [{**action, "action_ts": world.new_ts()}]
    if "channel" not in place:
        filled = {**place, "state": {"values": values or {}}}
        return {**payload, "container": {"type": "view", "view_id": place["id"]}, "view": filled}
    payload["container"] = _container(place)
    payload["channel"] = _channel(world, place["channel"])
    if not place.get("is_ephemeral"):
        payload["message"] = sent(place)
    return payload


def shortcut(
    world: World, *, user: str, callback_id: str, message: Message | None, links: dict[str, str]
) -> dict[str, Any]:
    """Return the payload of a message shortcut, or of a global one, which has neither channel nor response_url."""
    kind = "shortcut" if message is None else "message_action"
    payload = {**_interaction(world, kind, user), **links, "callback_id": callback_id, "action_ts": world.new_ts()}
    if message is None:
        return payload
    channel = _channel(world, message["channel"])
    return {**payload, "message_ts": message["ts"], "message": sent(message), "channel": channel}


def view_submission(
    world: World,
    *,
    user: str,
    view: dict[str, Any],
    values: dict[str, Any],
    links: dict[str, str],
    answers: list[dict[str, str]],
) -> dict[str, Any]:
    """Return the payload of a submitted modal.

    `values` are the inputs' states by block_id and action_id. `answers` has, for each menu with `response_url_enabled`,
    the menu's ids, the chosen channel and a response_url.
    """
    filled = {**view, "state": {"values": values}}
    return {**_interaction(world, "view_submission", user), **links, "view": filled, "response_urls": answers}


def view_closed(world: World, *, user: str, view: dict[str, Any]) -> dict[str, Any]:
    """Return the payload of a modal that the user closed without submitting it."""
    return {**_interaction(world, "view_closed", user), "view": view, "is_cleared": False}


def event(world: World, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the payload of an event of the Events API."""
    authorization = {
        "enterprise_id": None,
        "team_id": world.team.id,
        "user_id": world.bot.user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": TOKEN,
        "type": "event_callback",
        "team_id": world.team.id,
        "api_app_id": world.bot.app_id,
        "event": {"type": kind, "event_ts": world.new_ts(), **fields},
        "event_id": world.new_id("Ev"),
        "event_time": int(world.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }


def _interaction(world: World, kind: str, user: str) -> dict[str, Any]:
    name = world.users[user].name
    return {
        "type": kind,
        "token": TOKEN,
        "team": {"id": world.team.id, "domain": world.team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": user, "username": name, "name": name, "team_id": world.team.id},
        "api_app_id": world.bot.app_id,
    }


def _container(message: Message) -> dict[str, Any]:
    whisper = message.get("is_ephemeral", False)
    place = {"message_ts": message["ts"], "channel_id": message["channel"]}
    return {"type": "message", **place, "is_ephemeral": whisper}


def _channel(world: World, channel_id: str) -> dict[str, str]:
    return {"id": channel_id, "name": _channel_name(world, channel_id)}


def _channel_name(world: World, channel_id: str) -> str:
    """Return a channel's name as in payloads. For a private channel, Slack writes `privategroup`."""
    channel = world.channels[channel_id]
    if channel.dm_with is not None:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name
