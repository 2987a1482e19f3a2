"""The desk where people ask: a line or a click in, a message out, and never an exception."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NoReturn

import structlog

from bot.domain.command import AskHelp, AskStatus, Command, Latest, Show, read_command
from bot.domain.found import Found, FoundOne
from bot.domain.query import Query, Turn
from bot.domain.status import Status
from bot.errors import ArchiveError, PbxError, PbxNotFound, PbxUnreachable, QueryError
from bot.services.lookup import Lookup
from bot.slack import messages, values
from bot.slack.message import Message

PATIENCE = timedelta(seconds=1.8)
LONG_PATIENCE = timedelta(seconds=25)

log = structlog.get_logger(__name__)


class Desk:
    """Turns what people type and press into answers. What goes wrong becomes an answer too, with a reference."""

    def __init__(
        self,
        lookup: Lookup,
        status: Callable[[], Awaitable[Status]],
        resume: Callable[[str], Awaitable[bool]],
        new_reference: Callable[[], str],
        *,
        patience: timedelta = PATIENCE,
        long_patience: timedelta = LONG_PATIENCE,
    ) -> None:
        """`resume` tries a paused channel again, and tells whether there was one.

        `new_reference` gives the few characters by which an asker's screenshot is found in the log.

        `patience` is how long the PBX may take before the archive stands in (Slack gives up on us after 3 s), and
        `long_patience` how long it may take when the archive has nothing to show and the asker was told to wait.
        """
        self._lookup = lookup
        self._status = status
        self._resume = resume
        self._new_reference = new_reference
        self._patience = patience
        self._long_patience = long_patience

    async def line(self, text: str) -> Message:
        """Answer what was typed after `/recordings`."""
        return await self._safely(self._read_and_carry_out(text))

    async def turn(self, value: str) -> Message:
        """Answer a press on Next or Previous."""
        page = values.read_page(value)
        query = _query(page.query) if page else None
        if page is None or query is None:
            return messages.too_old()
        return await self._safely(self._list(query, page.turn))

    async def open(self, value: str) -> Message:
        """Show one recording in full."""
        recording_id = values.read_open(value)
        if recording_id is None:
            return messages.too_old()
        return await self._safely(self._show(recording_id))

    async def run(self, value: str) -> Message:
        """Run the line that a button carries."""
        text = values.read_run(value)
        return messages.too_old() if text is None else await self.line(text)

    async def resume(self, value: str) -> Message:
        """Try again to post into a channel that took nothing."""
        channel = values.read_resume(value)
        if channel is None:
            return messages.too_old()
        return await self._safely(self._resumed(channel))

    async def _resumed(self, channel: str) -> Message:
        return messages.resumed(found=await self._resume(channel))

    async def share(self, value: str, user: str) -> Message | None:
        """What the channel is to see of an answer; None when its recordings cannot be shown again."""
        try:
            return await self._shared(value, user)
        except ArchiveError as error:
            log.warning("share_without_archive", error=str(error))
        except Exception:
            log.exception("share_failed")
        return None

    async def _shared(self, value: str, user: str) -> Message | None:
        shared = values.read_share(value)
        rows = await self._lookup.shown(shared.ids) if shared else ()
        if shared is None or not rows:
            return None
        if shared.query is None:
            return messages.one(FoundOne(rows[0]), shared_by=user)
        query = _query(shared.query) or Query()
        found = Found(query=query, rows=rows, total=shared.total, first=shared.first)
        return messages.listing(found, shared_by=user)

    async def _read_and_carry_out(self, text: str) -> Message:
        try:
            command = read_command(text)
        except QueryError as error:
            return messages.query_error(error)
        return await self._carry_out(command)

    async def _carry_out(self, command: Command) -> Message:
        match command:
            case Latest(query=query):
                return await self._list(query)
            case Show(id=recording_id):
                return await self._show(recording_id)
            case AskStatus():
                return messages.status(await self._status())
            case AskHelp():
                return messages.help_()

    async def _list(self, query: Query, turn: Turn | None = None) -> Message:
        found = await self._lookup.listing(query, turn, patience=self._patience)
        found = found or await self._lookup.listing(query, turn, patience=self._long_patience)
        return messages.listing(found or self._silent())

    async def _show(self, recording_id: int) -> Message:
        try:
            found = await self._lookup.show(recording_id, patience=self._patience)
            found = found or await self._lookup.show(recording_id, patience=self._long_patience)
        except PbxNotFound:
            return messages.not_found(recording_id)
        return messages.one(found or self._silent())

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
