"""Who asks: the zone and the extensions of people, and that nobody waits for them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from bot.demo.slack import SCOPES, SlackStandIn
from bot.domain.extension import Extension
from bot.errors import BotError, PbxForbidden
from bot.slack.answering import AskedPeople
from bot.slack.clients import Clients
from bot.slack.people import People, read_profile
from bot.slack.unescape import mentioned_users
from tests.slack.conftest import in_module
from tests.stage import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def mentioned(people: People, text: str) -> Mapping[str, str]:
    """The extensions of the users whom a line mentions."""
    return await people.extensions_of(mentioned_users(text))


ZURICH = ZoneInfo("Europe/Zurich")
EXTENSIONS = (
    Extension(number="5566", name="Evelyn"),
    Extension(number="5555", name="Leo Ball", email="Leo.Ball@demo.example"),
    Extension(number="5556", name="Dave Harris", mobile="07700900556"),
)


@dataclass
class FakeExtensions:
    """The PBX's list, with what may go wrong about it."""

    failure: BotError | None = None
    hang: asyncio.Event | None = None
    requests: int = 0
    rows: Sequence[Extension] = field(default=EXTENSIONS)

    async def extensions(self) -> Sequence[Extension]:
        self.requests += 1
        if self.hang is not None:
            await self.hang.wait()
        if self.failure is not None:
            raise self.failure
        return self.rows


@pytest.fixture
def pbx() -> FakeExtensions:
    return FakeExtensions()


@in_module
async def people(clients: Clients, pbx: FakeExtensions, clock: FakeClock) -> AsyncIterator[People]:
    people = People(clients, pbx, clock, region="GB")
    yield people
    await people.close()


def asked(slack: SlackStandIn) -> int:
    return sum(method == "users.info" for method, _ in slack.requests)


async def test_the_zone_is_the_users_own_and_asked_for_once(slack: SlackStandIn, people: People) -> None:
    known: AskedPeople = people
    zones = await asyncio.gather(*map(known.zone, ("U0ANA", "U0ANA", "U0LEO")))
    assert zones == [ZURICH, ZURICH, ZoneInfo("Europe/London")]
    assert asked(slack) == 2


async def test_it_is_asked_for_again_after_an_hour(slack: SlackStandIn, people: People, clock: FakeClock) -> None:
    for pause in (timedelta(0), timedelta(minutes=59), timedelta(minutes=1)):
        clock.time += pause
        await people.zone("U0ANA")
    assert asked(slack) == 2


async def test_nobody_has_no_zone(slack: SlackStandIn, people: People) -> None:
    assert await people.zone("") is UTC
    assert asked(slack) == 0


@pytest.mark.parametrize(
    "user", [pytest.param("U0NONE", id="nobody of that id"), pytest.param("U0ANA", id="a scope is missing")]
)
async def test_who_is_not_told_of_is_in_utc(clients: Clients, slack: SlackStandIn, people: People, user: str) -> None:
    slack._api.scopes = SCOPES - {"users:read"}
    with capture_logs() as logs:
        assert await people.zone(user) is UTC
        assert await people.zone(user) is UTC
        assert await people.zone(f"{user}2") is UTC
    assert [entry["event"] for entry in logs] == ["not_known"]
    assert asked(slack) == 2


async def test_a_slow_slack_delays_no_answer(
    slack: SlackStandIn, clients: Clients, pbx: FakeExtensions, clock: FakeClock
) -> None:
    people = People(clients, pbx, clock, patience=timedelta(milliseconds=10))
    slack.faults.latency_seconds = 0.1
    assert await people.zone("U0ANA") is UTC
    await slack.wait_for(lambda: asked(slack) == 1)
    while await people.zone("U0ANA") is UTC:
        pass
    assert asked(slack) == 1
    await people.close()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("with:<@U0ANA>", {"U0ANA": "5566"}, id="the profile's telephone is the extension"),
        pytest.param("with:<@U0LEO|leo>", {"U0LEO": "5555"}, id="the e-mail address"),
        pytest.param("from:<@U0ADA> to:<@U0ANA>", {"U0ADA": "5556", "U0ANA": "5566"}, id="a mobile, and two of them"),
        pytest.param("with:<@U0GIL>", {}, id="nobody's extension"),
        pytest.param("with:<@U0NONE>", {}, id="nobody"),
    ],
)
async def test_people_are_known_by_their_extensions(people: People, text: str, numbers: dict[str, str]) -> None:
    assert await mentioned(people, text) == numbers


async def test_of_a_line_with_very_many_mentions_ten_are_asked_for(slack: SlackStandIn, people: People) -> None:
    line = " ".join(f"<@U0X{number}>" for number in range(30))
    with capture_logs():
        await mentioned(people, f"<@U0ANA> <@U0ANA> {line}")
    assert asked(slack) == 10


async def test_a_mention_of_a_user_of_an_organisation_is_one(slack: SlackStandIn, people: People) -> None:
    with capture_logs():
        await mentioned(people, "<@W0ANA>")
    assert slack.requests[-1] == ("users.info", {"user": "W0ANA"})


async def test_a_persons_extension(people: People) -> None:
    assert [await people.extension(user) for user in ("U0ANA", "U0GIL", "U0NONE")] == ["5566", None, None]


async def test_without_a_mention_nothing_is_asked(slack: SlackStandIn, people: People, pbx: FakeExtensions) -> None:
    assert await mentioned(people, "with:ana @ana") == {}
    assert (asked(slack), pbx.requests) == (0, 0)


async def test_without_the_scope_for_it_nobody_is_known_by_e_mail(slack: SlackStandIn, people: People) -> None:
    slack._api.scopes = SCOPES - {"users:read.email"}
    assert await mentioned(people, "<@U0LEO> <@U0ANA>") == {"U0ANA": "5566"}


async def test_the_list_of_extensions_is_kept_for_ten_minutes(
    people: People, pbx: FakeExtensions, clock: FakeClock
) -> None:
    for pause in (timedelta(0), timedelta(minutes=9), timedelta(minutes=1)):
        clock.time += pause
        await mentioned(people, "<@U0ANA>")
    assert pbx.requests == 2


async def test_a_pbx_that_does_not_tell_leaves_people_unknown(people: People, pbx: FakeExtensions) -> None:
    pbx.failure = PbxForbidden("The PBX refuses extension/list.", errcode=10005)
    with capture_logs() as logs:
        assert await mentioned(people, "<@U0ANA>") == {}
        assert await mentioned(people, "<@U0ANA>") == {}
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("not_known", "warning")]
    assert pbx.requests == 1


async def test_what_was_known_stays_while_the_pbx_is_away(
    people: People, pbx: FakeExtensions, clock: FakeClock
) -> None:
    await mentioned(people, "<@U0ANA>")
    pbx.failure = PbxForbidden("no", errcode=10005)
    clock.time += timedelta(minutes=11)
    assert await mentioned(people, "<@U0ANA>") == {"U0ANA": "5566"}


async def test_a_pbx_that_hangs_keeps_nobody_waiting(clients: Clients, pbx: FakeExtensions, clock: FakeClock) -> None:
    pbx.hang = asyncio.Event()
    people = People(clients, pbx, clock, mention_patience=timedelta(milliseconds=10))
    assert await mentioned(people, "<@U0ANA>") == {}
    await people.close()


@pytest.mark.parametrize(
    ("user", "zone"),
    [
        pytest.param({"tz": "Europe/Zurich", "tz_offset": 0}, ZURICH, id="by its name"),
        pytest.param({"tz": "Mars/Olympus", "tz_offset": 3600}, timezone(timedelta(hours=1)), id="by its offset"),
        pytest.param({"tz": "../etc/passwd"}, UTC, id="a path"),
        pytest.param({"tz": None, "tz_offset": 10**9}, UTC, id="neither"),
        pytest.param({"tz_offset": 86_399}, timezone(timedelta(seconds=86_399)), id="nearly a day from UTC"),
        pytest.param({"tz_offset": -86_400}, UTC, id="a day from UTC, which is no zone"),
        pytest.param({"tz_offset": True}, UTC, id="an offset that is no number"),
        pytest.param({}, UTC, id="not told"),
    ],
)
async def test_a_zone_as_slack_tells_it(user: dict[str, object], zone: object) -> None:
    assert read_profile(user).zone == zone
