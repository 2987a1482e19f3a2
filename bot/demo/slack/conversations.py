"""The conversations.*, users.* and usergroups.* methods."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.slack.call import Call, Refused, family, make_cursor, read_cursor
from bot.demo.slack.world import Channel, User, World, sent, ts_number

KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
"""Channel types of conversations.list, and the first part of the scopes that they need."""


def show_channel(world: World, channel: Channel) -> dict[str, Any]:
    """Return a channel as Slack shows it to the bot."""
    if channel.dm_with is not None:
        return {"id": channel.id, "is_im": True, "user": channel.dm_with, "is_archived": False, "created": 0}
    flags = dict.fromkeys(("is_im", "is_mpim", "is_shared", "is_org_shared", "is_pending_ext_shared"), False)
    nothing = {"value": "", "creator": "", "last_set": 0}
    return {
        **flags,
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": channel.is_general,
        "is_member": world.bot.user_id in channel.members,
        "is_ext_shared": channel.is_ext_shared,
        "pending_shared": [],
        "shared_team_ids": [world.team.id],
        "context_team_id": world.team.id,
        "created": 0,
        "creator": "U0ADA",
        "unlinked": 0,
        "updated": 0,
        "topic": {**nothing, "value": channel.topic},
        "purpose": nothing,
        "previous_names": [],
    }


def show_user(world: World, user: User, scopes: frozenset[str]) -> dict[str, Any]:
    """Return a user as Slack shows it; the e-mail address requires the scope `users:read.email`."""
    here = datetime.fromtimestamp(world.clock(), UTC).astimezone(ZoneInfo(user.tz))
    offset = here.utcoffset()
    return {
        "id": user.id,
        "team_id": world.team.id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": here.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": user.is_owner,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
        "profile": _profile(world, user, scopes),
    }


def _profile(world: World, user: User, scopes: frozenset[str]) -> dict[str, Any]:
    told = {
        "real_name": user.real_name,
        "display_name": user.name,
        "title": user.title,
        "phone": user.phone,
        "team": world.team.id,
    }
    return told | ({"email": user.email} if "users:read.email" in scopes and not user.is_bot else {})


def info(call: Call) -> dict[str, Any]:
    """Return one channel."""
    channel = call.channel("read")
    shown = show_channel(call.world, channel)
    if call.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def list_channels(call: Call) -> dict[str, Any]:
    """Return one page of the channels of the requested types; private ones only where the bot is a member."""
    kinds = [kind.strip() for kind in call.text("types", "public_channel").split(",")]
    if any(kind not in KINDS for kind in kinds):
        raise Refused("invalid_types")
    families = {KINDS[kind] for kind in kinds}
    call.needs_scope(*sorted(f"{name}:read" for name in families))
    live_only = call.flag("exclude_archived")
    found = [
        channel
        for channel in call.world.channels.values()
        if family(channel) in families and not call.hidden(channel) and not (live_only and channel.is_archived)
    ]
    rows, metadata = call.page(found)
    return {"channels": [show_channel(call.world, row) for row in rows], "response_metadata": metadata}


def members(call: Call) -> dict[str, Any]:
    """Return one page of the ids of a channel's members."""
    rows, metadata = call.page(sorted(call.channel("read").members))
    return {"members": rows, "response_metadata": metadata}


def history(call: Call) -> dict[str, Any]:
    """Return a channel's messages between `oldest` and `latest`, newest first."""
    channel = call.channel("history")
    if not call.joined(channel):
        raise Refused("not_in_channel")
    limit, span = call.count("limit", 100, 999), _span(call)
    found = [message for message in reversed(channel.messages) if span.holds(ts_number(message["ts"]))]
    rows, more = found[:limit], len(found) > limit
    whole = call.flag("include_all_metadata")
    return {
        "messages": [sent(row, whole_metadata=whole) for row in rows],
        "has_more": more,
        "pin_count": 0,
        "response_metadata": {"next_cursor": make_cursor(rows[-1]["ts"]) if more else ""},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The part of a history that a call requests."""

    oldest: Decimal | None
    latest: Decimal | None
    inclusive: bool
    below: Decimal | None
    """The time at which the previous page ended."""
    seen_until: Decimal | None
    """The time after which messages are not yet visible in the history."""

    def holds(self, ts: Decimal) -> bool:
        """Return whether a message of this time is in this part."""
        if (self.below is not None and ts >= self.below) or (self.seen_until is not None and ts > self.seen_until):
            return False
        if self.inclusive and ts in (self.oldest, self.latest):
            return True
        return (self.oldest is None or ts > self.oldest) and (self.latest is None or ts < self.latest)


def _span(call: Call) -> Span:
    cursor, lag = read_cursor(call.text("cursor")), call.faults.history_lag_seconds
    return Span(
        oldest=_bound(call, "oldest"),
        latest=_bound(call, "latest"),
        inclusive=call.flag("inclusive"),
        below=ts_number(cursor) if cursor else None,
        seen_until=Decimal(call.world.clock() - lag) if lag else None,
    )


def _bound(call: Call, name: str) -> Decimal | None:
    value = str(call.arguments.get(name, ""))
    try:
        return ts_number(value) if value else None
    except ArithmeticError:
        raise Refused(f"invalid_ts_{name}") from None


def open_dm(call: Call) -> dict[str, Any]:
    """Open the direct messages with one user. Raises Refused (`user_disabled`) for a deactivated user."""
    user = call.user("users")
    if user.deleted:
        raise Refused("user_disabled")
    channel = call.world.dm(user.id)
    return {"channel": show_channel(call.world, channel) if call.flag("return_im") else {"id": channel.id}}


def user_info(call: Call) -> dict[str, Any]:
    """Return one user."""
    return {"user": show_user(call.world, call.user(), call.scopes)}


def group_users(call: Call) -> dict[str, Any]:
    """Return the ids of a user group's members."""
    group = call.world.groups.get(call.need("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": list(group)}
