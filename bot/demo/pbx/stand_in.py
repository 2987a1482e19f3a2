"""A stand-in for a Yeastar P-Series PBX: its REST interface with its quirks, and faults that can be switched on.

It is written only from the vendor's documentation and shares no code with the client in `bot.yeastar`.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.calls import Call, Direction, Leg
from bot.demo.pbx.app import LoggedRequest, PbxApp
from bot.demo.pbx.downloads import Downloads
from bot.demo.pbx.faults import Faults
from bot.demo.pbx.listing import Listing
from bot.demo.pbx.rest import Rest
from bot.demo.pbx.rows import Container, Display, Edition, Row, Setup, vendor_rows
from bot.demo.pbx.store import RecordingStore
from bot.demo.pbx.tokens import Logins
from bot.demo.pbx.wire import HangUpProtocol
from bot.serving import serving

CLIENT_ID = "demo-client-id"
CLIENT_SECRET = "demo-client-secret"


def utc_now() -> datetime:
    """Return the time of the machine's clock."""
    return datetime.now(UTC)


class PbxStandIn:
    """One PBX. `app` is its ASGI application, `serve` runs it on a port, and `faults` are its faults."""

    vendor_rows = staticmethod(vendor_rows)

    def __init__(
        self,
        *,
        zone: str = "Asia/Shanghai",
        date_format: str = "MM/DD/YYYY",
        twelve_hour: bool = False,
        edition: Edition = "seed",
        container: Container = "wav",
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 1,
        calls: Iterable[Call] = (),
    ) -> None:
        self.faults = Faults()
        self.setup = Setup(Display(ZoneInfo(zone), date_format, twelve_hour), edition, container)
        self._clock = clock
        self._ahead = timedelta()
        self._random = Random(seed)
        self._store = RecordingStore()
        self._store.fill(calls)
        self._rest = Rest(
            logins=Logins(client_id, client_secret, clock=clock, faults=self.faults),
            listing=Listing(self._store, self.setup, self.faults, ring=self._ring),
            downloads=Downloads(self._store, self.setup, self.faults, clock=clock),
            setup=self.setup,
            faults=self.faults,
            clock=clock,
            shown=self._now,
        )
        self.app = PbxApp(self.faults, self._rest.answer)

    @property
    def requests(self) -> Sequence[LoggedRequest]:
        """The latest few thousand requests, oldest first."""
        return self.app.requests

    def count(self, ending: str = "") -> int:
        """Return how many requests had a path with this ending, such as `recording/list`; by default all requests."""
        return sum(times for path, times in self.app.counts.items() if path.endswith(ending))

    @property
    def calls(self) -> Sequence[Row]:
        """The stored recordings, newest last."""
        return self._store.by_id

    @property
    def tokens_alive(self) -> int:
        """Number of valid access tokens; at most eight."""
        return self._rest.logins.tokens.alive

    def add(self, call: Call) -> int:
        """List the recordings of a call that has ended, each under the next id, and return the last id."""
        return self._store.add(call)

    def fill(self, calls: Iterable[Call]) -> None:
        """Add many calls at once."""
        self._store.fill(calls)

    def place(self, caller: str, callee: str, direction: Direction, seconds: float, at: datetime | None = None) -> int:
        """List one call that started at `at`, by default now, and return its id.

        Parties are written as the PBX writes them: `Evelyn<5566>`.
        """
        return self.add(self._call(caller, callee, direction, seconds, at))

    def skip(self) -> int:
        """Reserve the next id for a call that `place_late` lists later, and return the id."""
        return self._store.skip()

    def place_late(
        self,
        number: int,
        caller: str,
        callee: str,
        direction: Direction,
        seconds: float,
        *,
        at: datetime | None = None,
    ) -> None:
        """List one call under an id from `skip`, which is now below ids that are already listed.

        Raises ValueError for any other id: it is in use, was never reserved, or was lost in a reset.
        """
        call = self._call(caller, callee, direction, seconds, at)
        self._store.add_late(Row(id=number, call=call, leg=call.legs[0]))

    def replace(
        self,
        number: int,
        caller: str,
        callee: str,
        direction: Direction,
        seconds: float,
        *,
        at: datetime | None = None,
    ) -> None:
        """Replace the recording of a listed id by another one, with another uid and another file.

        Raises KeyError for an unknown id.
        """
        call = self._call(caller, callee, direction, seconds, at)
        self._store.exchange(Row(id=number, call=call, leg=call.legs[0]))

    def amend(self, number: int, *, seconds: int) -> None:
        """Change only the duration that a recording is listed with. Raises KeyError for an unknown id."""
        self._store.exchange(changed(self._held(number), told_seconds=seconds))

    def delete(self, ids: Collection[int]) -> None:
        """Delete recordings. Their ids are never used again."""
        self._store.delete(ids)

    def wipe_older_than(self, moment: datetime) -> None:
        """Delete the recordings of calls that started before the moment, like the automatic clean-up."""
        self._store.wipe_older_than(moment)

    def reset_ids(self, *, restore_to: int = 0) -> None:
        """Delete all ids above `restore_to` and continue after it, like a factory reset or a restored backup."""
        self._store.fall_back_to(restore_to)

    def shift_clock(self, by: timedelta) -> None:
        """Set the PBX's clock forward or back; new calls and `system/information` show its time.

        The lifetime of tokens and links does not change, because it is measured in elapsed seconds.
        """
        self._ahead += by

    def restart(self) -> None:
        """Reboot the PBX: recordings stay, and every token is deleted."""
        self._rest.reboot()

    def row(self, number: int) -> dict[str, Any]:
        """Return a recording as it is listed, including empty fields. Raises KeyError for an unknown id."""
        return self.setup.render(self._held(number))

    @asynccontextmanager
    async def serve(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        ssl_certfile: str | None = None,
        ssl_keyfile: str | None = None,
    ) -> AsyncIterator[str]:
        """Listen, and yield the base URL (`http://127.0.0.1:8088`). With a certificate, serve HTTPS."""
        options = {"ssl_certfile": ssl_certfile, "ssl_keyfile": ssl_keyfile} if ssl_certfile else {}
        plain = {"http": HangUpProtocol, "ws": "none", "lifespan": "off", "server_header": False}
        self.app.open()
        async with serving(self.app, host=host, port=port, **plain, **options) as taken:
            try:
                yield f"{'https' if ssl_certfile else 'http'}://{host}:{taken}"
            finally:
                self.app.close()

    def _now(self) -> datetime:
        """Return the time that the PBX's clock shows."""
        return self._clock() + self._ahead

    def _held(self, number: int) -> Row:
        found = self._store.with_id(number)
        if found is None:
            raise KeyError(number)
        return found

    def _call(self, caller: str, callee: str, direction: Direction, seconds: float, at: datetime | None) -> Call:
        leg = Leg(caller=caller, callee=callee, begins=timedelta(seconds=3), length=timedelta(seconds=seconds))
        return Call(
            started_at=(at or self._now()).replace(microsecond=0),
            direction=direction,
            legs=(leg,),
            channel=self._random.randrange(1, 100_000),
            mark=f"{self._random.randrange(16**5):05X}",
        )

    def _ring(self) -> int:
        return self.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 20)
