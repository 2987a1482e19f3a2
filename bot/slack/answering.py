"""Everything around the handlers of the features: acknowledge in time, run the handler, send what it answers.

A slash command, a button, a shortcut and a form take the same path, `Answering._respond`. No exception reaches Bolt,
which loses the acknowledgement when a listener raises within 10 ms of it.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.domain.access import Asker, Everything
from bot.domain.status import Status
from bot.errors import ArchiveError, MessageRefused, PbxError, PbxUnreachable, QueryError
from bot.language.dates import LineContext
from bot.language.grammar import Command, read_command
from bot.ports import Clock
from bot.services.lookup import Lookup
from bot.slack.blocks.message import Message, text_message
from bot.slack.blocks.values import LIST, RUN, ButtonValue
from bot.slack.clients import Clients
from bot.slack.replies import Replies
from bot.slack.unescape import mentioned_users, unescape_line
from bot.text import sentences
from bot.text.help_lines import COMMAND

FIRST_ANSWER = timedelta(seconds=2.3)
"""How long a person waits for the first answer. Slack shows `operation_timeout` after 3 s."""
PATIENCE = timedelta(seconds=1.8)
LONG_PATIENCE = timedelta(seconds=25)
PRESSES_REMEMBERED = 1_000
FOLLOW_UP_SECONDS = 0.3
"""Between an acknowledgement and what follows it through the response_url, which could overtake it."""

log = structlog.get_logger(__name__)

Body = dict[str, Any]
Listener = Callable[[AsyncAck, Body], Awaitable[None]]
Result = TypeVar("Result")


class AskedPeople(Protocol):
    """Facts about people. Raises nothing: a fact that cannot be read in time is left out."""

    async def zone(self, user: str) -> tzinfo:
        """Return the user's time zone; UTC where it is unknown."""

    async def extensions_of(self, users: Iterable[str]) -> Mapping[str, str]:
        """Return the extension numbers of those users who have one, by user id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the handlers of the features work with."""

    lookup: Lookup
    status: Callable[[], Awaitable[Status]]
    resume: Callable[[str], Awaitable[bool]]
    """Post into a paused channel again; returns whether it was paused."""
    people: AskedPeople
    clients: Clients
    clock: Clock
    region: str | None = None
    """The country of telephone numbers that are written without one."""
    patience: timedelta = PATIENCE
    """How long the PBX may take before the archive answers."""
    long_patience: timedelta = LONG_PATIENCE
    """How long the PBX may take when the archive has nothing to show."""
    form_inputs: dict[str, Any] = field(default_factory=dict)
    """The latest input of each search form that is being updated, by view id."""
    chart_refusals: dict[str, datetime] = field(default_factory=dict)
    """Until when charts are not sent to a workspace, because it refused one."""

    async def in_time(self, look_up: Callable[[timedelta], Awaitable[Result | None]]) -> Result:
        """Return the result of a look-up, tried again with the long patience if it has none.

        Raises PbxUnreachable when it has none then, and whatever the look-up raises.
        """
        for patience in (self.patience, self.long_patience):
            result = await look_up(patience)
            if result is not None:
                return result
        raise PbxUnreachable(f"no answer within {self.long_patience.total_seconds():.0f} s")


Send = Callable[[Message], Awaitable[bool]]
"""Sends a message; returns whether Slack took it. Raises MessageRefused when Slack refuses its blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler answers."""

    message: Message | None = None
    to_channel: bool = False
    """Whether everybody in the channel sees it."""
    removes_message: bool = False
    """Whether the message of the button goes away."""
    if_not_sent: Message | None = None
    """What the asker sees when Slack does not take what `to_channel` sends."""
    is_failure: bool = False
    """Whether the handler failed: a button that works once may be pressed again."""
    later: Callable[[Send], Awaitable[bool]] | None = None
    """Runs after `message` was sent, and sends further messages, such as progress.

    They are shown below `message`. Without one they go where it would have gone. Returns whether Slack took them.
    """


Handler = Callable[[Asker, Any, Services], Awaitable[Answer | None]]
"""Takes who asks, a command or a value or a body, and the services. None answers nothing."""


class FieldError(Exception):
    """A field of a form cannot be read: `field` is its block_id, `str()` one line for the person."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.field = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What one file of `bot.slack.features` registers."""

    commands: Mapping[type[Command], Handler] = field(default_factory=dict)
    """By the type of command that `bot.language` reads."""
    buttons: Mapping[ButtonValue[Any], Handler] = field(default_factory=dict)
    """Buttons and menus. The handler gets the value."""
    shortcuts: Mapping[str, Handler] = field(default_factory=dict)
    """By callback_id. The handler gets Slack's body."""
    inputs: Mapping[str, Handler] = field(default_factory=dict)
    """Fields of an open form, by action_id. The handler gets Slack's body, and answers nothing."""
    forms: Mapping[str, Callable[[Body], str]] = field(default_factory=dict)
    """Forms by callback_id: returns the line of `/recordings` that the form stands for. Raises FieldError."""


class Answering:
    """Runs the handlers of the features for what Slack sends."""

    def __init__(
        self,
        features: Iterable[Feature],
        services: Services,
        replies: Replies,
        *,
        new_reference: Callable[[], str],
        first_answer: timedelta = FIRST_ANSWER,
    ) -> None:
        """`new_reference` returns the few characters by which a person's screenshot is found in the log."""
        self._features = tuple(features)
        self._commands = {kind: handler for feature in self._features for kind, handler in feature.commands.items()}
        self._buttons = {value: handler for feature in self._features for value, handler in feature.buttons.items()}
        self._services = services
        self._replies = replies
        self._new_reference = new_reference
        self._first_answer = first_answer
        self._presses: deque[tuple[str, str, str]] = deque(maxlen=PRESSES_REMEMBERED)

    def register(self, app: AsyncApp) -> None:
        """Register everything with Bolt, which tries listeners in their order: what is used most comes first."""
        app.command("/recordings")(caught(self._on_command))
        for value in (*self._buttons, RUN, LIST):
            app.action(value.pattern)(caught(self._on_button(value)))
        for feature in self._features:
            for name, handler in feature.shortcuts.items():
                app.shortcut(name)(caught(self._on_shortcut(handler)))
            for name, handler in feature.inputs.items():
                app.action(name)(caught(self._on_shortcut(handler)))
            for name, read_form in feature.forms.items():
                app.view(name)(caught(self._on_form(read_form)))
        anything = re.compile(".*")
        app.action(anything)(caught(self._on_unknown_button))
        for ignored in (app.event, app.shortcut, app.view):
            ignored(anything)(caught(_acknowledge))

    async def answer_command(self, body: Body) -> Answer | None:
        """Answer what was typed after `/recordings`."""

        async def handle(asker: Asker) -> Answer | None:
            text = str(body.get("text") or "")
            users = mentioned_users(text)
            extensions = await self._services.people.extensions_of(users) if users else {}
            return await self._run(asker, unescape_line(text, extensions))

        return await self._answer(body, handle)

    async def answer_button(self, button: ButtonValue[Any], text: str, body: Body) -> Answer | None:
        """Answer a press on a button, or a choice in a menu, whose value is `text`."""
        value = button.read(text)
        if value is None:
            return Answer(message=too_old(), is_failure=True)
        if button in {RUN, LIST}:
            return await self._answer(body, lambda asker: self._run(asker, value))
        return await self._answer(body, lambda asker: self._buttons[button](asker, value, self._services))

    async def answer_line(self, line: str, body: Body) -> Answer | None:
        """Answer a plain line, such as a form's."""
        return await self._answer(body, lambda asker: self._run(asker, line))

    async def _run(self, asker: Asker, line: str) -> Answer | None:
        command = read_command(line, LineContext(now=self._services.clock.now(), zone=asker.zone))
        return await self._commands[type(command)](asker, command, self._services)

    async def _on_command(self, ack: AsyncAck, body: Body) -> None:
        await self._respond(self.answer_command(body), url=body.get("response_url", ""), ack=ack)

    def _on_button(self, button: ButtonValue[Any]) -> Listener:
        async def pressed(ack: AsyncAck, body: Body) -> None:
            await ack()
            action = body["actions"][0]
            text = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
            press = (body["user"]["id"], str(body.get("container", {}).get("message_ts")), text)
            if button.once:
                if press in self._presses:
                    return
                self._presses.append(press)
            answer, url = self.answer_button(button, text, body), body.get("response_url", "")
            is_sent = await self._respond(answer, url=url, replaces=button.replaces_message, says_wait=False)
            if not is_sent and press in self._presses:
                self._presses.remove(press)

        return pressed

    def _on_shortcut(self, handler: Handler) -> Listener:
        async def chosen(ack: AsyncAck, body: Body) -> None:
            await ack()
            answer = self._answer(body, lambda asker: handler(asker, body, self._services))
            await self._respond(answer, url=body.get("response_url", ""))

        return chosen

    def _on_form(self, read_form: Callable[[Body], str]) -> Listener:
        async def submitted(ack: AsyncAck, body: Body) -> None:
            try:
                line = read_form(body)
            except FieldError as error:
                await ack(response_action="errors", errors={error.field: str(error)})
                return
            await ack()
            await self._respond(self.answer_line(line, body), url=body["response_urls"][0]["response_url"])

        return submitted

    async def _on_unknown_button(self, ack: AsyncAck, body: Body) -> None:
        """Answer a button of an earlier version, in a message or in a form."""
        await ack()
        if url := body.get("response_url"):
            await self._replies.add(url, too_old())

    async def _respond(
        self,
        answering: Coroutine[Any, Any, Answer | None],
        *,
        url: str,
        ack: AsyncAck | None = None,
        replaces: bool = False,
        says_wait: bool = True,
    ) -> bool:
        """Send an answer; returns whether Slack took it.

        1. Wait for the answer for `first_answer`. With `ack` it is the acknowledgement.
        2. Where it takes longer, and `says_wait`, say so. After an acknowledgement the answer replaces that.
        3. Send the answer through the response_url, and what follows it.
        """
        task = asyncio.create_task(answering)
        done, _ = await asyncio.wait({task}, timeout=self._first_answer.total_seconds())
        if not done and ack is not None:
            acknowledge_with(ack, still_asking())
            ack, replaces = None, True
        elif not done and says_wait:
            await self._replies.add(url, still_asking())
        answer = await task
        if answer is None:
            return True
        try:
            is_sent = await self._send(answer, url, ack, replaces=replaces) and not answer.is_failure
        except MessageRefused as error:
            log.warning("answer_refused", error=str(error))
            is_sent = False
        except Exception as error:  # noqa: BLE001 - logged, a bug with its traceback
            is_sent = False
            await self._send(self._error_answer(error), url, None, replaces=False)
        if not is_sent and answer.if_not_sent is not None:
            await self._replies.add(url, answer.if_not_sent)
        return is_sent

    async def _send(self, answer: Answer, url: str, ack: AsyncAck | None, *, replaces: bool) -> bool:
        """Send an answer and what follows it. Raises MessageRefused."""
        if answer.removes_message:
            return await self._replies.remove(url)
        send = self._replies.replace if replaces else self._replies.add
        if answer.to_channel:
            send = self._replies.publish
        is_sent = True
        if answer.message is not None:
            if ack is not None:
                acknowledge_with(ack, answer.message)
                if answer.later is not None:
                    await asyncio.sleep(FOLLOW_UP_SECONDS)
            else:
                is_sent = await send(url, answer.message)
            send = self._replies.add
        if answer.later is not None:
            is_sent = await answer.later(partial(send, url))
        return is_sent

    async def _answer(self, body: Body, handle: Callable[[Asker], Awaitable[Answer | None]]) -> Answer | None:
        """Run a handler; an error becomes a message, with a reference to the log."""
        try:
            return await handle(await self._asker(body))
        except Exception as error:  # noqa: BLE001 - logged, a bug with its traceback
            return self._error_answer(error)

    def _error_answer(self, error: Exception) -> Answer:
        """Log an error, and return the one line for the asker, with a reference to the log."""
        if isinstance(error, QueryError):
            return Answer(message=query_error(error))
        reference = self._new_reference()
        if isinstance(error, PbxError):
            log.warning("answer_without_pbx", reference=reference, error=str(error), errcode=error.errcode)
            return Answer(message=pbx_problem(error, reference), is_failure=True)
        if isinstance(error, ArchiveError):
            log.error("answer_without_archive", reference=reference, error=str(error))
        else:
            log.error("answer_failed", reference=reference, exc_info=error)
        return Answer(message=failed(reference), is_failure=True)

    async def _asker(self, body: Body) -> Asker:
        """Return who typed or pressed. Slack names them flat in a command and as objects elsewhere."""
        user = str((body.get("user") or {}).get("id") or body.get("user_id") or "")
        workspace = str((body.get("team") or {}).get("id") or body.get("team_id") or "")
        zone = await self._services.people.zone(user)
        return Asker(user=user, workspace=workspace, zone=zone, scope=Everything())


def caught(listener: Listener) -> Listener:
    """Return a listener for Bolt that logs every exception and always acknowledges."""

    async def safe(ack: AsyncAck, body: Body) -> None:
        try:
            await listener(ack, body)
        except Exception:
            log.exception("listener_failed", listener=listener.__qualname__)
            if ack.response is None:
                await ack()

    return safe


async def _acknowledge(ack: AsyncAck, body: Body) -> None:  # noqa: ARG001 - Bolt passes arguments by name
    """Acknowledge what this version does not handle, so that Slack shows no error for it."""
    await ack()


def acknowledge_with(ack: AsyncAck, message: Message) -> None:
    """Show a message to the asker alone, in the acknowledgement. `await ack(...)` would check each block again."""
    body = json.dumps({**message.payload(), "response_type": "ephemeral"})
    ack.response = BoltResponse(status=HTTPStatus.OK, body=body)


def query_error(error: QueryError) -> Message:
    """A line that cannot be read, and a button that runs what was probably meant."""
    run = (
        []
        if error.nearest is None
        else RUN.button("Run it", error.nearest, spoken_label=f"Run {COMMAND} {error.nearest}")
    )
    return text_message([sentences.query_error(error)], *run)


def pbx_problem(error: PbxError, reference: str) -> Message:
    """The PBX failed, and the archive could not answer either."""
    return text_message([sentences.pbx_problem(error, reference)])


def failed(reference: str) -> Message:
    """Something unexpected; the reference is in the log."""
    return text_message([sentences.failed(reference)])


def still_asking() -> Message:
    """The PBX is slow, and the archive has nothing to show meanwhile."""
    return text_message([sentences.STILL_ASKING])


def too_old() -> Message:
    """A button whose action or value is of a version that is gone."""
    return text_message([sentences.TOO_OLD])
