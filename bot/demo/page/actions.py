"""Actions of people on the page, passed to the Slack stand-in. They are the same for any bot."""

from typing import Any

from bot.demo.page import bodies
from bot.demo.page.user_view import channel_of, message_of, person, view_of
from bot.demo.slack import SlackStandIn
from bot.demo.slack.payloads import escaped

Answer = dict[str, Any]


class Actions:
    """All actions of the page. They raise LookupError for an object that is absent or belongs to another person."""

    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack
        self._world = slack.world

    async def command(self, body: bodies.Command) -> Answer:
        """Type a slash command. Raises LookupError for a command that the app does not declare."""
        name, _, words = body.text.strip().partition(" ")
        if name not in {command["command"] for command in self._slack.features.commands}:
            raise LookupError(f"{name} is not a valid command")
        channel = self._open_channel(body.user, body.channel)
        reply = await self._slack.command(words.strip(), user=body.user, channel=channel, command=name)
        return {"error": reply.error}

    async def say(self, body: bodies.Say) -> None:
        """Post a message in a channel or in one of its threads."""
        channel = self._open_channel(body.user, body.channel)
        if body.thread_ts is not None and self._world.find(channel, body.thread_ts) is None:
            raise LookupError(f"message {body.thread_ts} is gone")
        words = {"text": escaped(self._world, body.text), "thread_ts": body.thread_ts}
        self._world.say(channel, words, user=body.user)

    async def click(self, body: bodies.Click) -> Answer:
        """Press a button."""
        reply = await self._slack.click(
            self._place(body), body.action_id, user=body.user, value=body.value, block_id=body.block_id
        )
        return {"error": reply.error}

    async def select(self, body: bodies.Select) -> Answer:
        """Choose in a select or an overflow menu, pick a date, or type into an input with `dispatch_action`."""
        reply = await self._slack.select(
            self._place(body),
            body.action_id,
            body.value,
            user=body.user,
            block_id=body.block_id,
            values=body.values,
        )
        return {"error": reply.error}

    async def shortcut(self, body: bodies.Shortcut) -> Answer:
        """Run a shortcut. Raises LookupError for a shortcut that the app does not declare."""
        if body.callback_id not in {shortcut["callback_id"] for shortcut in self._slack.features.shortcuts}:
            raise LookupError(f"there is no shortcut {body.callback_id}")
        user = person(self._world, body.user).id
        message = message_of(self._world, user, body.channel, body.ts) if body.ts else None
        reply = await self._slack.open_shortcut(body.callback_id, user=user, message=message)
        return {"error": reply.error}

    async def submit(self, body: bodies.Submit) -> Answer:
        """Submit a modal. `errors` are the bot's messages for the inputs, by block_id."""
        view = view_of(self._world, body.user, body.view)
        reply = await self._slack.submit_view(view, body.values, user=body.user)
        return {"error": reply.error, "errors": reply.field_errors}

    async def close(self, body: bodies.CloseView) -> Answer:
        """Close a modal without submitting it."""
        modal = view_of(self._world, body.user, body.view)
        if modal["type"] != "modal":
            raise LookupError("App Home cannot be closed")
        ack = await self._slack.close_view(modal, user=body.user)
        return {"error": ack and ack.error}

    async def home(self, body: bodies.Person) -> Answer:
        """Open App Home."""
        ack = await self._slack.open_home(user=person(self._world, body.user).id)
        return {"error": ack and ack.error}

    def _open_channel(self, user: str, channel_id: str) -> str:
        channel = channel_of(self._world, user, channel_id)
        if channel.is_archived:
            raise LookupError(f"#{channel.name} is archived")
        return channel.id

    def _place(self, body: bodies.Touch) -> dict[str, Any]:
        if body.view is not None:
            return view_of(self._world, body.user, body.view)
        return message_of(self._world, body.user, body.channel, body.ts)
