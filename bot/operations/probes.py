"""For whoever watches the bot from outside: alive, ready, and in numbers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.health import Health, Level, Part
from bot.domain.status import SILENT, Status
from bot.errors import ArchiveError
from bot.operations.metrics import CONTENT_TYPE, Metrics
from bot.text.alert_lines import NOT_RUNNING

MOST = 200
"""Characters of a reason."""
NOT_READY = 503


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is that the bot cannot do without: one line of `/readyz`."""

    about: str
    words: str
    is_well: bool = True

    def __str__(self) -> str:
        return f"{self.about}: {self.words}"


def probes(*, status: Callable[[], Awaitable[Status]], metrics: Metrics) -> Sequence[Route]:
    """`GET /healthz`: the process is alive. `GET /readyz`: 200 when all is well, else 503, with a line a part.
    `GET /metrics`: for Prometheus. `status` may raise ArchiveError.
    """
    door = _Door(status, metrics)
    return (
        Route("/healthz", door.healthz, methods=["GET"]),
        Route("/readyz", door.readyz, methods=["GET"]),
        Route("/metrics", door.metrics, methods=["GET"]),
    )


def findings(status: Status) -> tuple[Finding, ...]:
    """How the parts are, and the process that follows the PBX. A part nobody has told of yet is not spoken of,
    but for the PBX, which must have been looked at, and the database, which this status was read from.
    """
    told = {health.part: _part(health) for health in status.healths}
    told.setdefault(Part.DATABASE, Finding(Part.DATABASE, Level.OK))
    if status.looked_at is None:
        told[Part.PBX] = _unseen(told.get(Part.PBX))
    return (*(told[part] for part in Part if part in told), _watch(status))


class _Door:
    """The three answers."""

    def __init__(self, status: Callable[[], Awaitable[Status]], metrics: Metrics) -> None:
        self._status = status
        self._metrics = metrics
        self._turn = asyncio.Lock()

    async def healthz(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(self, _: Request) -> Response:
        try:
            found = findings(await self._read())
        except ArchiveError as error:
            found = (Finding(Part.DATABASE, _clean(str(error)), is_well=False),)
        code = 200 if all(finding.is_well for finding in found) else NOT_READY
        return PlainTextResponse("".join(f"{finding}\n" for finding in found), status_code=code)

    async def metrics(self, _: Request) -> Response:
        try:
            status = await self._read()
        except ArchiveError:
            status = None
        return Response(self._metrics.render(status), media_type=CONTENT_TYPE)

    async def _read(self) -> Status:
        """One at a time: however many ask, they take one of the archive's few connections. Raises ArchiveError."""
        async with self._turn:
            return await self._status()


def _part(health: Health) -> Finding:
    if health.level is Level.OK:
        return Finding(health.part, health.level)
    since = f" since {_minute(health.since)}" if health.since else ""
    reason = health.reason or (NOT_RUNNING if health.part is Part.BOT else "")
    why = f": {_clean(reason)}" if reason else ""
    return Finding(health.part, f"{health.level}{since}{why}", is_well=health.level is not Level.DOWN)


def _unseen(pbx: Finding | None) -> Finding:
    """The PBX before its first answer: not well, even where the trouble is young."""
    if pbx is None or pbx.words == Level.OK:
        return Finding(Part.PBX, "has not answered yet", is_well=False)
    return replace(pbx, is_well=False)


def _watch(status: Status) -> Finding:
    """Whether a process follows the PBX and posts; it may be another than this one."""
    if status.watched_at is None:
        return Finding("watch", "no process follows the PBX yet", is_well=False)
    if status.now - status.watched_at > SILENT:
        last = _minute(status.watched_at)
        return Finding("watch", f"the process that follows the PBX was last seen {last}", is_well=False)
    return Finding("watch", Level.OK)


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _clean(text: str) -> str:
    """On one line, at most MOST characters, nothing in it that is not seen."""
    line = " ".join(text.split())
    return "".join(character for character in line if character.isprintable())[:MOST]
