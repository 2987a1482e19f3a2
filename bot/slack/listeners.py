"""What the app listens to. Each listener acknowledges, asks the desk, answers; none can end without an answer."""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.slack import messages
from bot.slack.blocks import values
from bot.slack.blocks.message import Message
from bot.slack.desk import Answer, Desk, Who
from bot.slack.features import stats
from bot.slack.replies import Replies

FIRST_ANSWER = timedelta(seconds=2.3)
"""Until the asker hears something. Slack shows `operation_timeout` after 3 s."""
FOLLOW_UP_SECONDS = 0.3
"""Between an acknowledgement and what follows it through the `response_url`: sent at once, it would overtake."""
PRESSES_KEPT = 1_000
ANY = re.compile(".*")

log = structlog.get_logger(__name__)

Body = dict[str, Any]
Listener = Callable[[AsyncAck, Body], Awaitable[None]]


def listen(app: AsyncApp, desk: Desk, replies: Replies, *, first_answer: timedelta = FIRST_ANSWER) -> None:
    """Register every command and action. Bolt tries listeners in their order: what is used most comes first."""
    counter = Counter(desk, replies, first_answer)
    app.command("/recordings")(answered(counter.typed))
    app.action(values.NEXT)(answered(counter.turned))
    app.action(values.PREVIOUS)(answered(counter.turned))
    app.action(values.OPEN)(answered(counter.opened))
    app.action(values.RUN)(answered(counter.ran))
    app.action(values.EVERY_LIST)(answered(counter.listed))
    app.action(values.RESUME)(answered(counter.resumed))
    app.action(values.SHARE)(answered(counter.shared))
    app.action(values.CLOSE)(answered(counter.closed))
    app.action(stats.GROUP)(answered(counter.grouped))
    app.action(stats.SHARE)(answered(counter.shared_chart))


def listen_to_the_rest(app: AsyncApp, replies: Replies) -> None:
    """Acknowledge what nobody else listens to, and answer a press on it: to be called last."""

    async def pressed_something_old(ack: AsyncAck, body: Body) -> None:
        """A button of a version that is gone: old messages live for ever."""
        await ack()
        if url := body.get("response_url"):
            await replies.add(url, messages.too_old())

    app.action(ANY)(answered(pressed_something_old))
    for ignored in (app.event, app.shortcut, app.view):
        ignored(ANY)(answered(acknowledge))


def answered(listener: Listener) -> Listener:
    """Catch what a listener lets slip: an exception within 10 ms of `ack()` makes Bolt lose the acknowledgement."""

    async def safe(ack: AsyncAck, body: Body) -> None:
        try:
            await listener(ack, body)
        except Exception:
            log.exception("listener_failed", listener=getattr(listener, "__name__", ""))
            if ack.response is None:
                await ack()

    return safe


async def acknowledge(ack: AsyncAck, body: Body) -> None:  # noqa: ARG001 - Bolt passes by name
    """Take note of something that this version does not handle, so that Slack shows no error for it."""
    await ack()


def acknowledge_with(ack: AsyncAck, message: Message) -> None:
    """Say it to the asker alone, in the acknowledgement: what `ack(...)` does, which would make its JSON each time."""
    ack.response = BoltResponse(status=HTTPStatus.OK, body=message.answer)


class Counter:
    """Stands between Bolt and the desk: acknowledgements, response URLs, double presses."""

    def __init__(self, desk: Desk, replies: Replies, first_answer: timedelta) -> None:
        """`first_answer` is how long a command may wait for its answer before the asker is told to wait."""
        self._desk = desk
        self._replies = replies
        self._first_answer = first_answer
        self._pressed: deque[tuple[str, ...]] = deque(maxlen=PRESSES_KEPT)

    async def typed(self, ack: AsyncAck, body: Body) -> None:
        """`/recordings …`: the answer rides on the acknowledgement when it is there in time, else it follows."""
        answer = asyncio.create_task(self._desk.line(body.get("text") or "", _who(body)))
        done, _ = await asyncio.wait({answer}, timeout=self._first_answer.total_seconds())
        if done:
            acknowledge_with(ack, answer.result().message)
            if answer.result().later is not None:
                await asyncio.sleep(FOLLOW_UP_SECONDS)
        else:
            acknowledge_with(ack, messages.still_asking())
            await self._replies.replace(body["response_url"], (await answer).message)
        await self._follow(await answer, body)

    async def _follow(self, answer: Answer, body: Body) -> None:
        if answer.later is not None:
            await answer.later(partial(self._replies.add, body["response_url"]), None)

    async def turned(self, ack: AsyncAck, body: Body) -> None:
        """Next and Previous: the new page takes the old one's place."""
        await ack()
        await self._replies.replace(body["response_url"], await self._desk.turn(_value(body), _who(body)))

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """*Open…*: one recording, below the list, for the one who pressed."""
        await ack()
        await self._replies.add(body["response_url"], await self._desk.open(_value(body), _who(body)))

    async def ran(self, ack: AsyncAck, body: Body) -> None:
        """A line offered as a button: its answer takes the offer's place."""
        await ack()
        answer = await self._desk.run(_value(body), _who(body))
        await self._replies.replace(body["response_url"], answer.message)
        await self._follow(answer, body)

    async def listed(self, ack: AsyncAck, body: Body) -> None:
        """*List them* and its like: the answer is for the one who pressed, the message stays."""
        await ack()
        answer = await self._desk.run(_value(body), _who(body))
        await self._replies.add(body["response_url"], answer.message)
        await self._follow(answer, body)

    async def resumed(self, ack: AsyncAck, body: Body) -> None:
        """*Try again now* below an alert."""
        await ack()
        await self._replies.add(body["response_url"], await self._desk.resume(_value(body)))

    async def shared(self, ack: AsyncAck, body: Body) -> None:
        """*Share to channel*, once however often it is pressed."""
        await ack()
        await self._publish_once(body, self._published)

    async def shared_chart(self, ack: AsyncAck, body: Body) -> None:
        """*Share to channel* below a chart, once however often it is pressed."""
        await ack()
        await self._publish_once(body, self._published_chart)

    async def grouped(self, ack: AsyncAck, body: Body) -> None:
        """*By hour* and the like: the new chart takes the old one's place."""
        await ack()
        await self._desk.chart(_value(body), _who(body), partial(self._replies.replace, body["response_url"]))

    async def _publish_once(self, body: Body, publish: Callable[[Body], Awaitable[bool]]) -> None:
        press = (body["user"]["id"], str(body.get("container", {}).get("message_ts")), _value(body))
        if press in self._pressed:
            return
        self._pressed.append(press)
        if not await publish(body):
            with contextlib.suppress(ValueError):  # a thousand later presses may have pushed it out
                self._pressed.remove(press)
            await self._replies.add(body["response_url"], messages.share_failed())

    async def _published(self, body: Body) -> bool:
        message = await self._desk.share(_value(body), _who(body))
        return message is not None and await self._replies.publish(body["response_url"], message)

    async def _published_chart(self, body: Body) -> bool:
        send = partial(self._replies.publish, body["response_url"])
        return await self._desk.share_chart(_value(body), _who(body), send)

    async def closed(self, ack: AsyncAck, body: Body) -> None:
        """*Close*: the message goes away."""
        await ack()
        await self._replies.remove(body["response_url"])


def _who(body: Body) -> Who:
    """Slack names them flat in a command and as objects in a press."""
    user, channel = body.get("user") or {}, body.get("channel") or {}
    return Who(
        user=str(user.get("id") or body.get("user_id") or ""),
        channel=str(channel.get("id") or body.get("channel_id") or ""),
        workspace=str((body.get("team") or {}).get("id") or body.get("team_id") or ""),
    )


def _value(body: Body) -> str:
    action = body["actions"][0]
    return str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
