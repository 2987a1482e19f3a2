"""The desk where people ask: a line or a click in, a message out, and never an exception."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from functools import partial
from typing import NoReturn, Protocol

import structlog

from bot.domain.access import Asker, Everything
from bot.domain.query import Cursor, Query
from bot.domain.recording import Recording
from bot.domain.results import ListResult, ShowResult
from bot.domain.statistics import Statistics
from bot.domain.status import Status
from bot.errors import ArchiveError, PbxError, PbxNotFound, PbxUnreachable, QueryError
from bot.language.context import LineContext
from bot.language.examples import examples
from bot.language.grammar import AskHelp, AskStats, AskStatus, Command, Latest, Show, read_command
from bot.ports import Clock
from bot.services.lookup import Lookup
from bot.slack import messages
from bot.slack.blocks import values
from bot.slack.blocks.message import Message
from bot.slack.features.stats import ChartRefusals, Send, figures, send_chart

PATIENCE = timedelta(seconds=1.8)
LONG_PATIENCE = timedelta(seconds=25)
NEWEST = 50
"""Recordings of which the help makes its examples."""

log = structlog.get_logger(__name__)


FollowUp = Callable[[Send, str | None], Awaitable[bool]]
"""Sends what follows an answer; the second argument is the Slack user id of the person who shares it, if any."""
Later = list[FollowUp]
"""Where an answer leaves what follows it."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, and where: Slack's ids."""

    user: str
    channel: str
    workspace: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said at once, and what follows when it is ready."""

    message: Message
    later: FollowUp | None = None


class PeopleKnown(Protocol):
    """What the desk needs to know of people. Nothing here raises: who is not known is not known."""

    async def zone(self, user: str) -> tzinfo:
        """The user's own; UTC where it is not told in time."""

    async def mentioned(self, text: str) -> Mapping[str, str]:
        """The extensions of the users that a line mentions, by Slack's id, of those who have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backroom:
    """Who works behind the desk."""

    lookup: Lookup
    status: Callable[[], Awaitable[Status]]
    resume: Callable[[str], Awaitable[bool]]
    """Try a paused channel again; whether there was one."""
    people: PeopleKnown
    clock: Clock
    refusals: ChartRefusals = field(default_factory=ChartRefusals)


class Desk:
    """Turns what people type and press into answers. What goes wrong becomes an answer too, with a reference."""

    def __init__(
        self,
        backroom: Backroom,
        new_reference: Callable[[], str],
        *,
        patience: timedelta = PATIENCE,
        long_patience: timedelta = LONG_PATIENCE,
    ) -> None:
        """`new_reference` gives the few characters by which an asker's screenshot is found in the log.

        `patience` is how long the PBX may take before the archive stands in (Slack gives up on us after 3 s), and
        `long_patience` how long it may take when the archive has nothing to show and the asker was told to wait.
        """
        self._backroom = backroom
        self._lookup = backroom.lookup
        self._new_reference = new_reference
        self._patience = patience
        self._long_patience = long_patience

    async def line(self, text: str, who: Who) -> Answer:
        """Answer what was typed after `/recordings`."""
        later: Later = []
        message = await self._safely(self._read_and_carry_out(text, who, later))
        return Answer(message, later[0] if later else None)

    async def ask(self, query: Query, who: Who) -> Message:
        """Answer a question that was not typed."""
        return await self._safely(self._list(query, who))

    async def turn(self, value: str, who: Who) -> Message:
        """Answer a press on Next or Previous."""
        page = values.read_page(value)
        query = _query(page.query) if page else None
        if page is None or query is None:
            return messages.too_old()
        return await self._safely(self._list(query, who, page.turn))

    async def open(self, value: str, who: Who) -> Message:
        """Show one recording in full."""
        recording_id = values.read_open(value)
        if recording_id is None:
            return messages.too_old()
        return await self._safely(self._show(recording_id, who))

    async def run(self, value: str, who: Who) -> Answer:
        """Run the line that a button carries."""
        text = values.read_run(value)
        return Answer(messages.too_old()) if text is None else await self.line(text, who)

    async def chart(self, value: str, who: Who, send: Send) -> None:
        """Send the chart that a button asks for, or why there is none."""
        answer = await self.run(value, who)
        await (answer.later(send, None) if answer.later else send(answer.message))

    async def share_chart(self, value: str, who: Who, send: Send) -> bool:
        """Send the chart that a button asks for to the channel. Returns whether Slack took it."""
        answer = await self.run(value, who)
        return answer.later is not None and await answer.later(send, who.user)

    async def resume(self, value: str) -> Message:
        """Try again to post into a channel that took nothing."""
        channel = values.read_resume(value)
        if channel is None:
            return messages.too_old()
        return await self._safely(self._resumed(channel))

    async def _resumed(self, channel: str) -> Message:
        return messages.resumed(found=await self._backroom.resume(channel))

    async def share(self, value: str, who: Who) -> Message | None:
        """What the channel is to see of an answer; None when its recordings cannot be shown again."""
        try:
            return await self._shared(value, who)
        except ArchiveError as error:
            log.warning("share_without_archive", error=str(error))
        except Exception:
            log.exception("share_failed")
        return None

    async def _shared(self, value: str, who: Who) -> Message | None:
        shared = values.read_share(value)
        asker = await self._asker(who)
        rows = await self._lookup.shown(asker, shared.ids) if shared else ()
        if shared is None or not rows:
            return None
        if shared.query is None:
            return messages.one(ShowResult(rows[0]), zone=asker.zone, shared_by=who.user)
        query = _query(shared.query) or Query()
        found = ListResult(query=query, rows=rows, total=shared.total, first=shared.first, is_least=shared.is_least)
        return messages.listing(found, zone=asker.zone, shared_by=who.user)

    async def _read_and_carry_out(self, text: str, who: Who, later: Later) -> Message:
        people = self._backroom.people
        numbers, zone = await people.mentioned(text), await people.zone(who.user)
        try:
            command = read_command(text, LineContext(now=self._backroom.clock.now(), zone=zone, numbers=numbers))
        except QueryError as error:
            return messages.query_error(error)
        return await self._carry_out(command, who, later)

    async def _carry_out(self, command: Command, who: Who, later: Later) -> Message:
        match command:
            case Latest(query=query):
                return await self._list(query, who)
            case Show(id=recording_id):
                return await self._show(recording_id, who)
            case AskStats():
                return await self._count(command, who, later)
            case AskStatus():
                return messages.status(await self._backroom.status())
            case AskHelp(filters=True):
                return messages.help_filters()
            case AskHelp():
                return messages.help_(examples(await self._newest(await self._asker(who))))

    async def _newest(self, asker: Asker) -> Sequence[Recording]:
        """What the help's examples are made of; an archive that cannot be read must not take the help with it."""
        try:
            return await self._lookup.newest(asker, NEWEST)
        except ArchiveError:
            log.exception("help_without_archive")
            return ()

    async def _asker(self, who: Who) -> Asker:
        zone = await self._backroom.people.zone(who.user)
        return Asker(user=who.user, workspace=who.workspace, zone=zone, scope=Everything())

    async def _list(self, query: Query, who: Who, turn: Cursor | None = None) -> Message:
        asker = await self._asker(who)
        found = await self._lookup.listing(asker, query, turn, patience=self._patience)
        found = found or await self._lookup.listing(asker, query, turn, patience=self._long_patience)
        return messages.listing(found or self._silent(), zone=asker.zone)

    async def _show(self, recording_id: int, who: Who) -> Message:
        asker = await self._asker(who)
        try:
            found = await self._lookup.show(asker, recording_id, patience=self._patience)
            found = found or await self._lookup.show(asker, recording_id, patience=self._long_patience)
        except PbxNotFound:
            return messages.not_found(recording_id)
        return messages.one(found or self._silent(), zone=asker.zone)

    async def _count(self, asked: AskStats, who: Who, later: Later) -> Message:
        """The figures in words; a chart of them follows."""
        asker = await self._asker(who)
        statistics = await self._lookup.stats(asker, asked.query, asked.by, patience=self._patience)
        if statistics.buckets:
            later.append(partial(self._send_chart, statistics, asker))
        return figures(statistics, zone=asker.zone)

    async def _send_chart(self, statistics: Statistics, asker: Asker, send: Send, shared_by: str | None) -> bool:
        now, refusals = self._backroom.clock.now(), self._backroom.refusals
        return await send_chart(send, statistics, asker, refusals, now=now, shared_by=shared_by)

    async def _safely(self, answer: Awaitable[Message]) -> Message:
        try:
            return await answer
        except PbxError as error:
            reference = self._new_reference()
            log.warning("answer_without_pbx", reference=reference, error=str(error), errcode=error.errcode)
            return messages.pbx_problem(error, reference)
        except ArchiveError as error:
            reference = self._new_reference()
            log.error("answer_without_archive", reference=reference, error=str(error))  # noqa: TRY400 - it says all
            return messages.failed(reference)
        except Exception:
            reference = self._new_reference()
            log.exception("answer_failed", reference=reference)
            return messages.failed(reference)

    def _silent(self) -> NoReturn:
        raise PbxUnreachable(f"no answer within {self._long_patience.total_seconds():.0f} s")


def _query(text: str) -> Query | None:
    """The listing that a button's text asks for; None when this version does not understand it."""
    try:
        command = read_command(text)
    except QueryError:
        return None
    return command.query if isinstance(command, Latest) else None
