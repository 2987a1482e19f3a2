"""HTTP endpoints for monitoring: `/healthz`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.health import Health, Level, Part
from bot.domain.status import SILENT, Status
from bot.errors import ArchiveError
from bot.operations.metrics import CONTENT_TYPE, Metrics
from bot.text.alert_lines import NOT_RUNNING
from bot.text.lines import Moment

MOST_REASON = 200
"""Characters of a reason."""
NOT_READY = 503


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one thing that the bot needs: one line of `/readyz`."""

    name: str
    text: str
    is_ready: bool = True

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


def probes(*, status: Callable[[], Awaitable[Status]], metrics: Metrics) -> Sequence[Route]:
    """Return the routes of the probes. `status` may raise ArchiveError.

    `GET /healthz`: the process runs. `GET /readyz`: 200 if everything is ready, else 503, with one line for each part.
    `GET /metrics`: for Prometheus.
    """
    lock = asyncio.Lock()

    async def read_status() -> Status:
        """Read one at a time: many probes must not take all of the few database connections."""
        async with lock:
            return await status()

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        try:
            found = findings(await read_status())
        except ArchiveError as error:
            found = (Finding(Part.DATABASE, _clean(str(error)), is_ready=False),)
        code = 200 if all(finding.is_ready for finding in found) else NOT_READY
        return PlainTextResponse("".join(f"{finding}\n" for finding in found), status_code=code)

    async def render_metrics(_: Request) -> Response:
        try:
            state = await read_status()
        except ArchiveError:
            state = None
        return Response(metrics.render(state), media_type=CONTENT_TYPE)

    endpoints = {"/healthz": healthz, "/readyz": readyz, "/metrics": render_metrics}
    return [Route(path, endpoint, methods=["GET"]) for path, endpoint in endpoints.items()]


def findings(status: Status) -> tuple[Finding, ...]:
    """Judge every part of which something is known, and the process that follows the PBX.

    The database is ready, because `status` was read from it. The PBX is not ready before its first answer.
    """
    parts = {health.part: _part(health) for health in status.healths}
    parts.setdefault(Part.DATABASE, Finding(Part.DATABASE, Level.OK))
    if status.looked_at is None:
        pbx = parts.get(Part.PBX)
        text = "has not answered yet" if pbx is None or pbx.text == Level.OK else pbx.text
        parts[Part.PBX] = Finding(Part.PBX, text, is_ready=False)
    return (*(parts[part] for part in Part if part in parts), _watch(status))


def _part(health: Health) -> Finding:
    if health.level is Level.OK:
        return Finding(health.part, health.level)
    since = f" since {Moment(health.since).utc}" if health.since else ""
    reason = health.reason or (NOT_RUNNING if health.part is Part.BOT else "")
    why = f": {_clean(reason)}" if reason else ""
    return Finding(health.part, f"{health.level}{since}{why}", is_ready=health.level is not Level.DOWN)


def _watch(status: Status) -> Finding:
    """Whether a process, this one or another, follows the PBX and posts."""
    if status.watched_at is None:
        return Finding("watch", "no process follows the PBX yet", is_ready=False)
    if status.now - status.watched_at > SILENT:
        last = Moment(status.watched_at).utc
        return Finding("watch", f"the process that follows the PBX was last seen {last}", is_ready=False)
    return Finding("watch", Level.OK)


def _clean(text: str) -> str:
    """One line of printable characters, at most MOST_REASON."""
    line = " ".join(text.split())
    return "".join(character for character in line if character.isprintable())[:MOST_REASON]
