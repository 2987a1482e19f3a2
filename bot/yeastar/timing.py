"""The PBX's clock, as far as it is known: asked for once an hour, and only when a row needs it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.domain.recording import Recording
from bot.errors import PbxForbidden, PbxNotFound, PbxNotUnderstood, PbxRefused
from bot.yeastar.clock import Known, timed
from bot.yeastar.wire import Information

KEPT_FOR = timedelta(hours=1)
"""Summer time may begin, or an administrator may change the format."""

log = structlog.get_logger(__name__)


class Timing:
    """Gives rows their `started_at`, and warns once of each thing that is wrong with the PBX's clock."""

    def __init__(self, zone: ZoneInfo | None, *, now: Callable[[], datetime]) -> None:
        self._known = Known(zone=zone)
        self._now = now
        self._asked_at: datetime | None = None
        self._warned: set[str] = set()

    async def of(
        self, rows: Sequence[Recording], information: Callable[[], Awaitable[Information]]
    ) -> tuple[Recording, ...]:
        """The rows with their times. `information` is called only when a row cannot be read without.

        Raises PbxUnreachable when it must be called and the PBX is silent: a wrong time would be kept for ever.
        """
        result = timed(rows, self._known if self._fresh() else Known(zone=self._known.zone))
        if result.guessed and not self._fresh():
            await self._ask(information)
            result = timed(rows, self._known)
        if result.guessed:
            self._warn("pbx_time_guessed", remedy="set PBX_TIMEZONE")
        if result.conflict:
            self._warn("pbx_times_disagree", problem=result.conflict)
        return result.rows

    def _fresh(self) -> bool:
        return self._asked_at is not None and self._now() < self._asked_at + KEPT_FOR

    async def _ask(self, information: Callable[[], Awaitable[Information]]) -> None:
        try:
            told = await information()
        except (PbxRefused, PbxForbidden, PbxNotFound, PbxNotUnderstood) as error:
            self._warn("pbx_clock_not_told", problem=str(error))
            told = Information()
        self._known = Known(zone=self._known.zone, offset=told.offset, day_first=told.day_first)
        self._asked_at = self._now()

    def _warn(self, event: str, **facts: str) -> None:
        if event not in self._warned:
            self._warned.add(event)
            log.warning(event, **facts)
