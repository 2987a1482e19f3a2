"""A Yeastar P-Series PBX to run and test against: its REST interface with its quirks, and faults on demand.

It is made from the vendor's pages alone and shares no code with the client in `bot.yeastar`.
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
    """The machine's clock."""
    return datetime.now(UTC)


class PbxStandIn:
    """One PBX. `app` is its ASGI application; `serve` puts it on a port; `faults` says what it does wrong."""

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
        """How many requests there were for paths with this ending, such as `recording/list`; in all, without one."""
        return sum(times for path, times in self.app.counts.items() if path.endswith(ending))

    @property
    def calls(self) -> Sequence[Row]:
        """The stored recordings, newest last."""
        return self._store.by_id

    @property
    def tokens_alive(self) -> int:
        """How many of the eight places for access tokens are taken."""
        return self._rest.logins.tokens.alive

    def add(self, call: Call) -> int:
        """A call has ended: list its recordings, each under the next id, and return the last of the ids."""
        return self._store.add(call)

    def fill(self, calls: Iterable[Call]) -> None:
        """`add` for many calls at once."""
        self._store.fill(calls)

    def place(self, caller: str, callee: str, direction: Direction, seconds: float, at: datetime | None = None) -> int:
        """List one call that started `at`, or now; parties as the PBX writes them, `Evelyn<5566>`. Returns its id."""
        return self.add(self._call(caller, callee, direction, seconds, at))

    def skip(self) -> int:
        """Give the next id to a call that is not listed yet: `place_late` lists it. Returns the id."""
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
        """`place` under an id of `skip`, below its neighbours by now.

        Raises ValueError for any other id: it is taken, was never given, or was lost in a reset.
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
        """Another recording stands under a listed id: another uid, another file. Raises KeyError for an unknown id."""
        call = self._call(caller, callee, direction, seconds, at)
        self._store.exchange(Row(id=number, call=call, leg=call.legs[0]))

    def amend(self, number: int, *, seconds: int) -> None:
        """Change the duration that a recording is listed with, and nothing else. Raises KeyError for an unknown id."""
        self._store.exchange(changed(self._held(number), told_seconds=seconds))

    def delete(self, ids: Collection[int]) -> None:
        """Delete recordings. Their ids are never used again."""
        self._store.delete(ids)

    def wipe_older_than(self, moment: datetime) -> None:
        """The automatic clean-up: recordings of calls that started before the moment are gone."""
        self._store.wipe_older_than(moment)

    def reset_ids(self, *, restore_to: int = 0) -> None:
        """A factory reset, or a backup restored: what is above the id is gone and the next id follows it."""
        self._store.fall_back_to(restore_to)

    def shift_clock(self, by: timedelta) -> None:
        """Set the PBX's clock forward or back: new calls and `system/information` show its time.

        Tokens and links live as long as before: that is a count of seconds, whatever the clock shows.
        """
        self._ahead += by

    def restart(self) -> None:
        """The PBX reboots: recordings stay, every token is forgotten."""
        self._rest.reboot()

    def row(self, number: int) -> dict[str, Any]:
        """A recording as it is listed, with empty fields still in it. Raises KeyError for an unknown id."""
        return self.setup.render(self._held(number))

    @asynccontextmanager
    async def serve(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        ssl_certfile: str | None = None,
        ssl_keyfile: str | None = None,
    ) -> AsyncIterator[str]:
        """Listen, and yield the base URL (`http://127.0.0.1:8088`); with a certificate, over HTTPS."""
        options = {"ssl_certfile": ssl_certfile, "ssl_keyfile": ssl_keyfile} if ssl_certfile else {}
        plain = {"http": HangUpProtocol, "ws": "none", "lifespan": "off", "server_header": False}
        self.app.open()
        async with serving(self.app, host=host, port=port, **plain, **options) as taken:
            try:
                yield f"{'https' if ssl_certfile else 'http'}://{host}:{taken}"
            finally:
                self.app.close()

    def _now(self) -> datetime:
        """What the PBX takes it to be."""
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
