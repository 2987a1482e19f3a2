"""The Slack adapter between the stand-in for Slack, over real HTTP and sockets, and a PBX that is told what to do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette

from bot.archive import Database, SqlArchive, SqlHealth, SqlOutbox, SqlReconciliations
from bot.demo.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, SlackStandIn
from bot.demo.slack.faults import Cuttable
from bot.domain.health import LastSeen
from bot.domain.status import PbxActivity, Status
from bot.services.lookup import Lookup
from bot.services.status import status
from bot.serving import serving
from bot.slack.answering import FIRST_ANSWER, Answering, Services
from bot.slack.app import bolt_app
from bot.slack.clients import Clients, Identity, identify, open_clients
from bot.slack.features import FEATURES
from bot.slack.http import events_route
from bot.slack.replies import Replies
from bot.slack.socket import Socket
from tests.stage import FakeClock, FakePhones
from tests.tables import open_tables

in_module = pytest_asyncio.fixture(loop_scope="module")
"""A fixture that runs in its module's event loop, as the module's tests do."""


class Switch:
    """A server that stays while what answers behind it changes: starting and stopping one takes longer than a test."""

    def __init__(self) -> None:
        self.app: Any = None
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack_server() -> AsyncIterator[Switch]:
    switch = Switch()
    async with serving(switch, http=Cuttable, ws="websockets-sansio", lifespan="off") as port:
        switch.url = f"http://127.0.0.1:{port}"
        yield switch


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_server() -> AsyncIterator[Switch]:
    switch = Switch()
    async with serving(switch, lifespan="off") as port:
        switch.url = f"http://127.0.0.1:{port}/slack/events"
        yield switch


@in_module
async def slack(slack_server: Switch) -> AsyncIterator[SlackStandIn]:
    """A fresh workspace."""
    slack = SlackStandIn(burst=100)
    slack_server.app, slack.url = slack.app, slack_server.url
    async with aiohttp.ClientSession() as slack._dispatcher.session:
        yield slack
        await slack.drop_sockets()


@in_module
async def clients(slack: SlackStandIn) -> AsyncIterator[Clients]:
    async with open_clients(BOT_TOKEN, f"{slack.url}/api/") as clients:
        yield clients


@in_module
async def identity(clients: Clients) -> Identity:
    return await identify(clients)


@in_module
async def database() -> AsyncIterator[Database]:
    async with open_tables("sqlite://") as database:
        yield database


@pytest.fixture
def archive(database: Database) -> SqlArchive:
    return SqlArchive(database, site="main")


@pytest.fixture
def phones() -> FakePhones:
    return FakePhones()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def activity() -> PbxActivity:
    return PbxActivity()


@in_module
async def lookup(
    phones: FakePhones, archive: SqlArchive, activity: PbxActivity, clock: FakeClock
) -> AsyncIterator[Lookup]:
    lookup = Lookup(phones, archive, activity, clock, nudge=lambda: None)
    yield lookup
    await lookup.close()


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    return SqlOutbox(database, site="main")


@pytest.fixture
def ask_status(
    database: Database, archive: SqlArchive, outbox: SqlOutbox, activity: PbxActivity, clock: FakeClock
) -> Callable[[], Awaitable[Status]]:
    return lambda: status(
        archive=archive,
        outbox=outbox,
        reconciliations=SqlReconciliations(database, site="main"),
        health=SqlHealth(database, site="main"),
        activity=activity,
        clock=clock,
    )


@pytest.fixture
def resume(outbox: SqlOutbox, clock: FakeClock) -> Callable[[str], Awaitable[bool]]:
    return lambda channel: outbox.resume("T0DEMO", channel, now=clock.now())


@pytest.fixture
def patience() -> timedelta:
    """Longer than a busy machine takes for any test. One in which the PBX hangs takes less."""
    return timedelta(seconds=30)


@pytest.fixture
def first_answer() -> timedelta:
    """A test in which the answer is late has less."""
    return FIRST_ANSWER


@dataclass
class KnownPeople:
    """Ana is in Zurich and has an extension; of others nothing is known."""

    async def zone(self, user: str) -> tzinfo:
        return ZoneInfo("Europe/Zurich") if user == "U0ANA" else UTC

    async def extensions_of(self, users: Iterable[str]) -> Mapping[str, str]:
        return {"U0ANA": "5566"} if "U0ANA" in users else {}


@pytest.fixture
def services(
    lookup: Lookup,
    ask_status: Callable[[], Awaitable[Status]],
    resume: Callable[[str], Awaitable[bool]],
    clients: Clients,
    clock: FakeClock,
    patience: timedelta,
) -> Services:
    """The long patience is as long as in earnest: no test waits for it."""
    return Services(
        lookup=lookup,
        status=ask_status,
        resume=resume,
        people=KnownPeople(),
        clients=clients,
        clock=clock,
        patience=patience,
    )


def reference() -> str:
    return "k3x9"


def answering_with(services: Services) -> Answering:
    return Answering(FEATURES, services, Replies(services.clients.session), new_reference=reference)


@pytest.fixture
def answering(services: Services) -> Answering:
    return answering_with(services)


@pytest.fixture
def app(identity: Identity, services: Services, first_answer: timedelta) -> AsyncApp:
    return bolt_app(
        identity, services, new_reference=reference, signing_secret=SIGNING_SECRET, first_answer=first_answer
    )


@in_module
async def over_http(slack: SlackStandIn, bot_server: Switch, app: AsyncApp) -> AsyncApp:
    """The bot is up and takes Slack's signed posts."""
    bot_server.app = Starlette(routes=[events_route(lambda: app)])
    slack.request_url = bot_server.url
    return app


@in_module
async def over_a_socket(
    slack: SlackStandIn, identity: Identity, services: Services, clock: FakeClock, first_answer: timedelta
) -> AsyncIterator[AsyncApp]:
    """The bot is up and connected."""
    app = bolt_app(identity, services, new_reference=reference, first_answer=first_answer)
    async with Socket(app, APP_TOKEN, services.clients.reads, connection=LastSeen(), now=clock.now).open():
        await slack.wait_for(lambda: slack.connected == 1)
        yield app


@pytest.fixture(params=["over_http", "over_a_socket"], ids=["over HTTP", "over a socket"])
def bot(request: pytest.FixtureRequest) -> AsyncApp:
    """The bot is up, once in each mode."""
    app: AsyncApp = request.getfixturevalue(request.param)
    return app
