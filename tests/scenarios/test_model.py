"""P1 and P2 against a model that tries to break them: whatever PBX, Slack, clock and process do, after the dust has
settled every channel was told of every recording that it is owed, once, and of none that came before it.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from math import inf
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bot.domain.alert import Happening
from bot.domain.health import Part
from bot.errors import (
    BotError,
    MessageRefused,
    SlackBusy,
    SlackOutcomeUnknown,
    SlackUnreachable,
)
from tests.scenarios.simulation import Process, World
from tests.tables import POSTGRESQL, SQLITE

CAP = 20
"""Rows on a page of this PBX: a burst of calls needs more than one."""
KILL = st.none() | st.integers(0, 60)
"""At which I/O of what is under way the process is killed."""
FAULTS: dict[str, Callable[[], tuple[BotError, bool]]] = {
    "cut before Slack stored it": lambda: (SlackOutcomeUnknown("cut"), False),
    "cut after Slack stored it": lambda: (SlackOutcomeUnknown("cut"), True),
    "time-out, stored": lambda: (SlackOutcomeUnknown("late", settle=timedelta(seconds=15)), True),
    "fatal_error, stored": lambda: (SlackOutcomeUnknown("fatal", code="fatal_error"), True),
    "fatal_error, not stored": lambda: (SlackOutcomeUnknown("fatal", code="fatal_error"), False),
    "not reached": lambda: (SlackUnreachable("down"), False),
    "limited for 3 s": lambda: (SlackBusy("limit", retry_after=timedelta(seconds=3)), False),
    "limited for 3 min": lambda: (SlackBusy("limit", retry_after=timedelta(minutes=3)), False),
    "invalid_blocks": lambda: (MessageRefused("blocks", code="invalid_blocks"), False),
}
EXPLORE = os.environ.get("MODEL_SEQUENCES")
"""How many sequences to try that nobody has tried before; without it they are the same at every run of this code."""
CHANNELS = ("C1", "C2")
ALERTS = "C0OPS"


class Model(RuleBasedStateMachine):
    """What should be true, kept beside what happens. A recording is known by its file's name, which no two share."""

    kind = SQLITE

    def __init__(self) -> None:
        super().__init__()
        self.listed_at: dict[str, int] = {}
        """When each recording was first seen on the PBX, as a running number."""
        self.subscribed_at: dict[str, int] = {}
        self.predates: set[str] = set()
        """Listed before the first look was over."""
        self.baseline: int | None = None
        self.doubtful: set[str] = set()
        """Nobody can tell it from history: listed late below a baseline, or in the place of a call never seen."""
        self.late: set[str] = set()
        """Listed under an id below those that were there."""
        self.reserved: list[int] = []
        self.clock_went_back_at: int | None = None
        """How many recordings had been listed by then."""
        self.ids_went_back = False
        self.world = World(self.note_listed, self.kind)
        self.pbx, self.slack, self.clock = self.world.pbx, self.world.slack, self.world.clock
        self.pbx.faults.page_size_cap = CAP
        self.do(lambda process: process.outbox.set_alert_channels("T1", [ALERTS], now=self.clock.now()))

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.world.close()

    def note_listed(self) -> None:
        for row in self.pbx.calls:
            name = self.pbx.setup.file(row)
            self.listed_at.setdefault(name, len(self.listed_at))

    def do(self, work: Callable[[Process], object], *, kill_at: int | None = None) -> None:
        self.world.do(work, kill_at=kill_at)  # type: ignore[arg-type]
        self.note_baseline()

    def note_baseline(self) -> None:
        """Everything that was listed when the first look was over is history."""
        state = self.world.run(self.world.process.archive.state())
        if self.baseline is None and state.baseline is not None:
            self.baseline = state.baseline
            self.predates = {self.pbx.setup.file(row) for row in self.pbx.calls if row.id <= self.baseline}

    @initialize(history=st.integers(0, 45), subscribed=st.booleans())
    def begin(self, history: int, *, subscribed: bool) -> None:
        for _ in range(history):
            self.call()
        if subscribed:
            self.join("C1")

    # What the PBX does

    def call(self) -> None:
        self.clock.time += timedelta(seconds=1)
        self.pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 20)
        self.note_listed()
        self.note_baseline()

    @rule(count=st.sampled_from([1, 1, 1, 2, 7, 45]))
    def calls_come(self, count: int) -> None:
        for _ in range(count):
            self.call()

    @rule()
    def an_id_is_given_out_for_later(self) -> None:
        self.reserved.append(self.pbx.skip())

    @precondition(lambda self: self.reserved)
    @rule()
    def a_call_is_listed_late(self) -> None:
        self.clock.time += timedelta(seconds=1)
        number = self.reserved.pop()
        self.pbx.place_late(number, "Late<1>", "Support<6400>", "Inbound", 30)
        (row,) = [row for row in self.pbx.calls if row.id == number]
        name = self.pbx.setup.file(row)
        self.late.add(name)
        if self.is_below_a_baseline(number):
            self.doubtful.add(name)
        self.note_listed()
        self.note_baseline()

    def is_below_a_baseline(self, number: int) -> bool:
        """There nobody can tell a late id from history."""
        state = self.world.run(self.world.process.archive.state())
        return state.generation > 1 or state.baseline is None or number <= state.baseline

    @precondition(lambda self: self.pbx.calls)
    @rule(data=st.data())
    def some_are_deleted(self, data: st.DataObject) -> None:
        ids = [row.id for row in self.pbx.calls]
        self.pbx.delete(data.draw(st.sets(st.sampled_from(ids), max_size=12)))

    @rule(count=st.integers(1, 30))
    def the_oldest_are_cleaned_up(self, count: int) -> None:
        self.pbx.delete([row.id for row in self.pbx.calls[:count]])

    @precondition(lambda self: self.pbx.calls)
    @rule(data=st.data())
    def a_row_is_filled_in(self, data: st.DataObject) -> None:
        self.pbx.amend(data.draw(st.sampled_from([row.id for row in self.pbx.calls])), seconds=52)

    @precondition(lambda self: self.pbx.calls)
    @rule(keep=st.integers(0, 50))
    def the_ids_start_again(self, keep: int) -> None:
        self.clock.time += timedelta(seconds=2)  # nobody resets a PBX within a second, the grain of its clock
        ids = [row.id for row in self.pbx.calls]
        self.pbx.reset_ids(restore_to=ids[min(keep, len(ids) - 1)] if keep else 0)
        self.reserved, self.ids_went_back = [], True

    @precondition(lambda self: self.pbx.calls)
    @rule(data=st.data())
    def another_call_stands_under_the_same_id(self, data: st.DataObject) -> None:
        self.clock.time += timedelta(seconds=1)
        number = data.draw(st.sampled_from([row.id for row in self.pbx.calls]))
        self.pbx.replace(number, "Other<2>", "Support<6400>", "Inbound", 30)
        self.ids_went_back = True
        (row,) = [row for row in self.pbx.calls if row.id == number]
        name = self.pbx.setup.file(row)
        self.late.add(name)
        if not self.world.run(self.world.process.archive.stored_ids([number])):
            self.doubtful.add(name)
        self.note_listed()
        self.note_baseline()

    @rule(down=st.booleans())
    def the_pbx_goes_or_comes(self, *, down: bool) -> None:
        self.world.network.down = down

    @rule(
        lie=st.sampled_from([0, 0, -40, 7]),
        arriving=st.sampled_from([0, 0, 1, 3]),
        bad_row=st.sampled_from(["", "no id"]),
    )
    def the_pbx_is_unruly(self, lie: int, arriving: int, bad_row: Literal["", "no id"]) -> None:
        """Its total lies, calls arrive between two pages, and a row in the middle of each page cannot be read."""
        self.pbx.faults.lying_total = lie
        self.pbx.faults.bad_row = bad_row
        self.pbx.faults.insert_between_pages = arriving

    @rule(hours=st.sampled_from([-2, 3]))
    def the_pbxs_clock_jumps(self, hours: int) -> None:
        self.world.pbx_ahead += timedelta(hours=hours)
        if hours < 0 and self.clock_went_back_at is None:
            self.clock_went_back_at = len(self.listed_at)

    # What Slack and the bot's own machine do

    @rule(faults=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4))
    def slack_fails(self, faults: list[str]) -> None:
        self.slack.next += [FAULTS[name]() for name in faults]

    @rule(channel=st.sampled_from(CHANNELS))
    def a_channel_closes(self, channel: str) -> None:
        self.slack.closed ^= {channel}

    @rule(down=st.booleans(), revoked=st.booleans())
    def slack_goes_or_comes(self, *, down: bool, revoked: bool) -> None:
        self.slack.down, self.slack.revoked = down, revoked

    @rule(minutes=st.sampled_from([1, 10, 720]))
    def time_passes(self, minutes: int) -> None:
        self.clock.time += timedelta(minutes=minutes)

    @rule(minutes=st.sampled_from([-60, -3, 45]))
    def the_bots_clock_jumps(self, minutes: int) -> None:
        self.clock.error += timedelta(minutes=minutes)

    # What the bot does

    @precondition(lambda self: len(self.subscribed_at) < len(CHANNELS))
    @rule(channel=st.sampled_from(CHANNELS))
    def join(self, channel: str) -> None:
        self.subscribed_at.setdefault(channel, len(self.listed_at))
        self.do(lambda process: process.outbox.subscribe("T1", channel, now=self.clock.now()))

    @rule(kill_at=KILL)
    def it_polls(self, kill_at: int | None) -> None:
        self.do(lambda process: process.sync.poll(), kill_at=kill_at)

    @rule(kill_at=KILL)
    def it_posts(self, kill_at: int | None) -> None:
        self.do(lambda process: process.deliver(), kill_at=kill_at)

    @rule(kill_at=KILL)
    def it_reads_history(self, kill_at: int | None) -> None:
        self.do(lambda process: process.sync.fill(pause=timedelta(0)), kill_at=kill_at)

    @rule(kill_at=KILL)
    def it_proves(self, kill_at: int | None) -> None:
        before = self.gone()
        self.do(lambda process: process.reconcile(), kill_at=kill_at)
        assert self.gone() <= before, "a recording that is listed was taken for deleted"

    def gone(self) -> set[int]:
        """The recordings that are listed, yet marked as deleted."""
        is_deleted = self.world.process.archive.is_deleted
        return {row.id for row in self.pbx.calls if self.world.run(is_deleted(row.id))}

    @rule(kill_at=KILL)
    def it_watches(self, kill_at: int | None) -> None:
        self.do(lambda process: process.watch.check(), kill_at=kill_at)

    # And what must be true in the end

    def settle(self) -> None:
        """All is healed, and the bot goes on as it would, until nothing is owed any more."""
        self.slack.heal()
        self.pbx.faults.heal()
        self.pbx.faults.page_size_cap = CAP
        self.world.network.down = False
        for _ in range(3):
            self.do(lambda process: process.sync.poll())
            self.do(lambda process: process.sync.fill(pause=timedelta(0)))
            self.do(lambda process: process.reconcile())
            self.do(lambda process: process.sync.poll())
            for _ in range(12):
                self.clock.time += timedelta(minutes=2)
                self.do(lambda process: process.watch.check())
                self.do(lambda process: process.deliver())
        self.check()

    def check(self) -> None:
        states = self.world.run(self.world.process.outbox.channel_states())
        assert [state.pending for state in states] == [0] * len(states), "something is owed for ever"
        still = {self.pbx.setup.file(row) for row in self.pbx.calls}
        for channel, since in self.subscribed_at.items():
            told = self.slack.uids(channel)
            assert len(told) == len(set(told)), f"{channel} was told twice"
            assert not set(told) & self.predates, f"{channel} was told of what came before"
            owed = {name for name, at in self.listed_at.items() if since <= at < self.certain_until()}
            owed -= self.predates | self.doubtful
            assert owed & still <= set(told), f"{channel} was not told of {sorted(owed & still - set(told))}"
            self.check_order([name for name in told if name not in self.late | self.doubtful])
        self.check_alerts()

    def certain_until(self) -> float:
        """Where the PBX's clock and its ids have both gone back, nobody can tell what is old."""
        both = self.ids_went_back and self.clock_went_back_at is not None
        return self.clock_went_back_at or 0 if both else inf

    def check_order(self, told: list[str]) -> None:
        """By when they were listed: the ids may have started again meanwhile."""
        places = [self.listed_at[name] for name in told]
        assert places == sorted(places), "out of order"

    def check_alerts(self) -> None:
        """That the PBX is down is told once, then that it is back: only that, where nobody could be told before."""
        told = [alert.happening for alert in self.slack.alerts(ALERTS) if alert.part is Part.PBX]
        assert (Happening.DOWN, Happening.DOWN) not in pairwise(told), told
        assert told[-1:] != [Happening.DOWN], told


# A killed process closes nothing: what it leaves may be found to be open at any moment.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class PostgresqlModel(Model):
    """The same on PostgreSQL."""

    kind = POSTGRESQL


def run_model(model: type[Model], examples: int) -> None:
    profile = settings(
        max_examples=examples,
        derandomize=EXPLORE is None,
        stateful_step_count=30,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(model, settings=profile)


MODELS = pytest.mark.parametrize(
    "model", [pytest.param(Model, id=SQLITE), pytest.param(PostgresqlModel, id=POSTGRESQL)]
)


@MODELS
def test_nothing_missed_nothing_doubled(model: type[Model]) -> None:
    run_model(model, 4)


@pytest.mark.slow
@pytest.mark.timeout(1_500)
@pytest.mark.parametrize(
    ("model", "sequences"),
    [
        pytest.param(Model, 500, id=SQLITE),
        pytest.param(PostgresqlModel, 150, id=POSTGRESQL),  # each takes four times as long
    ],
)
def test_nothing_missed_nothing_doubled_in_many_sequences(model: type[Model], sequences: int) -> None:
    run_model(model, int(EXPLORE or sequences))
