"""What messages are made of, with boring defaults: a test names only what matters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.delivery import Kind, Post
from bot.domain.health import Health, Part
from bot.domain.query import Query
from bot.domain.recording import Direction, Party, Recording
from bot.domain.results import ListResult
from bot.domain.status import ChannelState, Status

MORNING = datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
TOKEN = "<!date^1641980184^{date_short_pretty} {time}|2022-01-12 09:36 UTC>"
"""How `MORNING` is said."""
HOSTILE = Party("<!channel> <https://x|Bank> @here\n> ``` *", "<!everyone>5566")


def recording(number: int = 614, **told: Any) -> Recording:
    usual: dict[str, Any] = {
        "started_at": MORNING - timedelta(minutes=37 * (614 - number)),
        "uid": "20220112173624.14",
        "caller": Party("Harris", "+44 20 7946 0000"),
        "callee": Party("Evelyn", "5566"),
        "direction": Direction.INBOUND,
        "duration": timedelta(seconds=192),
        "size": 825_588,
        "file": "20220112173629-1641980184.14-5566-1002-Inbound.wav",
    }
    return Recording(id=number, **(usual | told))


ROWS = (
    recording(614),
    recording(613, direction=Direction.INTERNAL, caller=Party("", "1002"), duration=timedelta(0)),
    recording(612, direction=Direction.OUTBOUND, caller=Party("Evelyn", "5566"), callee=Party("علي", "77")),
    recording(611, direction=None, caller=Party(), started_at=None, local_time="01/12/2022 05:36 PM"),
    recording(610, caller=HOSTILE),
)


def found(rows: tuple[Recording, ...] = ROWS, **told: Any) -> ListResult:
    usual: dict[str, Any] = {"query": Query(count=5), "total": 184, "first": 11}
    return ListResult(rows=rows, **(usual | told))


def post(*recordings: Recording, **told: Any) -> Post:
    usual: dict[str, Any] = {"key": "k", "workspace": "T1", "channel": "C1", "kind": Kind.RECORDINGS, "site": "main"}
    return Post(**(usual | told), recordings=recordings or (recording(),))


def calls(count: int, **told: Any) -> Post:
    """A post of so many calls, the last one now."""
    return post(*(recording(614 - number, uid=f"call {number}") for number in range(count)), **told)


def health(part: Part, **told: Any) -> Health:
    return Health(part=part, **told)


def channel(**told: Any) -> ChannelState:
    """One that is well: its last post came nine seconds after the call, three minutes ago."""
    usual: dict[str, Any] = {
        "channel": "C1",
        "pending": 0,
        "oldest_pending_at": None,
        "last_sent_at": MORNING - timedelta(minutes=3),
        "last_delay": timedelta(seconds=9),
        "paused_since": None,
        "problem": "",
    }
    return ChannelState(**(usual | told))


def status(**told: Any) -> Status:
    """All is well, and a process follows the PBX."""
    usual: dict[str, Any] = {
        "now": MORNING,
        "looked_at": MORNING - timedelta(seconds=4),
        "next_look_at": MORNING + timedelta(seconds=6),
        "problem": "",
        "token_until": MORNING + timedelta(minutes=25),
        "healths": (health(Part.PBX), health(Part.SLACK), health(Part.DATABASE)),
        "watched_at": MORNING - timedelta(seconds=20),
        "stored": 1_184,
        "deleted": 0,
        "total": 1_184,
        "skipped": 0,
        "renewed_at": None,
        "history_done": True,
        "reconciliation": None,
        "history_back_to": MORNING,
        "channels": (channel(),),
        "given_up": 0,
    }
    return Status(**(usual | told))
