"""The two shortcuts: the calls with the numbers in a message, and the search form.

Neither needs the bot to be a member of anything: both answer through a `response_url`.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.query import Query, Term
from bot.language.numbers import numbers_in
from bot.slack import form, messages
from bot.slack.blocks.message import said
from bot.slack.clients import Clients
from bot.slack.desk import Answer, Desk, Who
from bot.slack.errors import slack_error
from bot.slack.listeners import FIRST_ANSWER, Body, answered
from bot.slack.message_text import text_of
from bot.slack.replies import Replies
from bot.text.lines import Line

NO_NUMBER: Line = ("I find no telephone number in this message.",)

log = structlog.get_logger(__name__)


def listen_to_shortcuts(
    app: AsyncApp,
    desk: Desk,
    replies: Replies,
    clients: Clients,
    *,
    region: str | None = None,
    first_answer: timedelta = FIRST_ANSWER,
) -> None:
    """Register the shortcuts and the form.

    `region` is the country of telephone numbers that are written without one. `first_answer` is how long the asker
    waits before being told to wait.
    """
    hand = _Hand(desk, replies, region, first_answer)
    forms = _Forms(hand, clients)
    app.shortcut("calls_with_number")(answered(hand.called))
    app.shortcut("find_recording")(answered(forms.opened))
    app.action(form.FILL)(answered(forms.filled))
    app.view("find_recording")(answered(forms.submitted))


class _Hand:
    """Answers to one person, through a response_url."""

    def __init__(self, desk: Desk, replies: Replies, region: str | None, first_answer: timedelta) -> None:
        self._desk = desk
        self._replies = replies
        self._region = region
        self._first_answer = first_answer

    async def called(self, ack: AsyncAck, body: Body) -> None:
        """*Calls with this number*, in a message's menu."""
        await ack()
        message, url = body.get("message") or {}, body["response_url"]
        numbers = await asyncio.to_thread(numbers_in, text_of(message), self._region)
        if not numbers:
            await self._replies.add(url, said([NO_NUMBER]))
            return
        who = Who(user=body["user"]["id"], channel=body["channel"]["id"])
        query = Query(parties=tuple(map(Term, numbers)))
        await self._tell(url, self._ask(query, who))

    async def find(self, line: str, who: Who, url: str) -> None:
        """Answer a line."""
        await self._tell(url, self._desk.line(line, who))

    async def _ask(self, query: Query, who: Who) -> Answer:
        return Answer(await self._desk.ask(query, who))

    async def _tell(self, url: str, coming: Coroutine[Any, Any, Answer]) -> None:
        """The answer when it is there; whoever has waited for long is told so meanwhile."""
        answer = asyncio.create_task(coming)
        done, _ = await asyncio.wait({answer}, timeout=self._first_answer.total_seconds())
        if not done:
            await self._replies.add(url, messages.still_asking())
        told = await answer
        await self._replies.add(url, told.message)
        if told.later is not None:
            await told.later(partial(self._replies.add, url), None)


class _Forms:
    """The search form, while it is open and when it is sent off."""

    def __init__(self, hand: _Hand, clients: Clients) -> None:
        self._hand = hand
        self._posts = clients.posts
        self._waiting: dict[str, form.Filled] = {}
        """The latest of each form whose line is being updated."""

    async def opened(self, ack: AsyncAck, body: Body) -> None:
        """*Find a recording*: the form must be there within three seconds of the click, so nothing is asked first."""
        await ack()
        try:
            await self._posts.views_open(trigger_id=body["trigger_id"], view=form.view())
        except Exception as error:  # noqa: BLE001 - logged
            log.warning("form_not_opened", error=str(slack_error(error, "views.open")))

    async def filled(self, ack: AsyncAck, body: Body) -> None:
        """Something was typed or chosen: the line below follows. Of what is typed meanwhile the latest counts."""
        await ack()
        id_ = body["view"]["id"]
        is_busy = id_ in self._waiting
        self._waiting[id_] = form.read(body["view"]["state"]["values"])
        if is_busy:
            return
        shown: form.Filled | None = None
        try:
            while (wanted := self._waiting[id_]) is not shown:
                await self._posts.views_update(view_id=id_, view=form.view(wanted))
                shown = wanted
        except Exception as error:  # noqa: BLE001 - logged; the form may be closed by now
            log.info("form_not_updated", error=str(slack_error(error, "views.update")))
        finally:
            del self._waiting[id_]

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """The form is sent off: answered as the line would be, or told what is wrong, at the field."""
        filled = form.read(body["view"]["state"]["values"])
        urls = [told["response_url"] for told in body.get("response_urls") or () if told.get("response_url")]
        try:
            form.check(filled)
            if not urls:
                raise form.FieldError(form.WHERE, form.NOWHERE)  # noqa: TRY301 - told like the others
        except form.FieldError as error:
            await ack(response_action="errors", errors={error.field: str(error)})
            return
        await ack()
        await self._hand.find(filled.line, Who(user=body["user"]["id"], channel=filled.channel), urls[0])
