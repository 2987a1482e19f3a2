"""Slack's channels and people, by name and id."""

import re
from collections.abc import Sequence

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ChannelClosed
from bot.slack.clients import Clients, read_all
from bot.slack.errors import slack_errors

CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,}")
PAGE = 200


class SlackDirectory:
    """The `Directory` port over Slack's Web API."""

    def __init__(self, clients: Clients, *, page: int = PAGE) -> None:
        """`page` is how many channels one request reads."""
        self._reads = clients.reads
        self._page = page

    async def channel_id(self, name: str) -> str:
        """Return the id of a channel; an id is returned as it is. Searches the channels that the bot can see.

        What begins with `#` is a name, also where it looks like an id: `#GENERAL`. Raises SlackError, ChannelClosed
        when there is no such channel.
        """
        name = name.strip()
        if CHANNEL_ID.fullmatch(name):
            return name
        name = name.removeprefix("#")
        with slack_errors("conversations.list"):
            async for channel in read_all(self._channels, "channels"):
                if name.casefold() in {channel.get("name"), channel.get("name_normalized")}:
                    return str(channel["id"])
        raise ChannelClosed(f"no channel #{name} that the bot can see: invite the bot there", code="channel_not_found")

    async def is_member(self, channel: str) -> bool:
        """Return whether the bot is in the channel. Raises SlackError, ChannelClosed when the bot cannot see it."""
        with slack_errors("conversations.info"):
            answer = await self._reads.conversations_info(channel=channel)
        return bool((answer.get("channel") or {}).get("is_member"))

    async def people(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return the users of these ids of users and user groups, each once. Raises SlackError."""
        users: list[str] = []
        for id_ in ids:
            users += await self._members(id_) if id_.startswith("S") else [id_]
        return tuple(dict.fromkeys(users))

    async def direct(self, user: str) -> str:
        """Return the channel of the direct messages with a user. Raises SlackError."""
        with slack_errors("conversations.open"):
            answer = await self._reads.conversations_open(users=[user])
        return str(answer["channel"]["id"])

    async def _members(self, group: str) -> list[str]:
        with slack_errors("usergroups.users.list"):
            answer = await self._reads.usergroups_users_list(usergroup=group)
        return [str(user) for user in answer.get("users") or ()]

    async def _channels(self, cursor: str | None) -> AsyncSlackResponse:
        return await self._reads.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=self._page, cursor=cursor
        )
