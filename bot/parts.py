"""Every part that looking up needs, opened from the settings and closed in reverse order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.archive import SqlArchive, SqlHealth, SqlOutbox, SqlReconciliations, SqlTokens, migrate, open_database
from bot.domain.health import LastSeen
from bot.domain.query import Query
from bot.domain.status import PbxActivity, Status
from bot.errors import QueryError
from bot.language.grammar import Latest, read_command
from bot.operations.metrics import Metrics
from bot.services.lookup import Lookup
from bot.services.status import status
from bot.settings import Settings
from bot.yeastar import PbxClient, open_pbx

SITE = "main"
"""The one PBX. Keys have room for more."""


class SystemClock:
    """The `Clock` port over the machine's own."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)

    async def sleep(self, pause: timedelta) -> None:
        """Wait that long."""
        await asyncio.sleep(pause.total_seconds())


@dataclass(slots=True)
class Parts:
    """What looking up needs, and what the sync and the posts need besides."""

    settings: Settings
    clock: SystemClock
    phones: PbxClient
    archive: SqlArchive
    outbox: SqlOutbox
    ledger: SqlReconciliations
    vitals: SqlHealth
    activity: PbxActivity
    lookup: Lookup
    slack: LastSeen = field(default_factory=LastSeen)
    """Whether Slack's Web API takes our calls."""
    metrics: Metrics = field(default_factory=Metrics)
    nudge: Callable[[], None] = lambda: None
    """Set by whoever runs the schedule: a look-up that meets new recordings calls it."""

    async def status(self) -> Status:
        """How the bot is."""
        return await status(
            archive=self.archive,
            outbox=self.outbox,
            ledger=self.ledger,
            vitals=self.vitals,
            activity=self.activity,
            clock=self.clock,
            token_until=self.phones.token_until,
        )

    async def resume(self, workspace: str, channel: str) -> bool:
        """Try a paused channel again at once; False when it is not paused. Raises ArchiveError."""
        return await self.outbox.resume(workspace, channel, now=self.clock.now())


@asynccontextmanager
async def open_parts(settings: Settings, *, lasting: bool = True) -> AsyncIterator[Parts]:
    """Open the archive and the PBX client; the PBX itself may be away.

    A `lasting` process takes up the PBX token that its predecessor left, sealed, in the archive: the PBX gives out
    eight, and a process that is killed cannot give its own back. Raises ArchiveError.
    """
    clock, activity = SystemClock(), PbxActivity()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database_url))
        await migrate(database)
        archive = SqlArchive(
            database, site=SITE, keep_for=settings.keep_for, region=settings.phone_region, read_query=_read_query
        )
        tokens = SqlTokens(database, site=SITE) if lasting else None
        phones = await stack.enter_async_context(open_phones(settings, clock, tokens))
        parts: Parts
        lookup = Lookup(phones, archive, activity, clock, nudge=lambda: parts.nudge())  # noqa: PLW0108 - the attribute is set later
        stack.push_async_callback(lookup.close)
        parts = Parts(
            settings=settings,
            clock=clock,
            phones=phones,
            archive=archive,
            outbox=SqlOutbox(database, site=SITE),
            ledger=SqlReconciliations(database, site=SITE),
            vitals=SqlHealth(database, site=SITE),
            activity=activity,
            lookup=lookup,
            metrics=Metrics(clock.now),
        )
        yield parts


def _read_query(line: str) -> Query:
    """Return the query of a subscription. Raises QueryError for a line that lists nothing."""
    command = read_command(line)
    if not isinstance(command, Latest):
        raise QueryError("a subscription takes filters only", word=line, span=(0, len(line)))
    return command.query


def open_phones(
    settings: Settings, clock: SystemClock, tokens: SqlTokens | None = None
) -> AbstractAsyncContextManager[PbxClient]:
    """The PBX client, without a request yet. Raises SettingsError when PBX_CA_FILE holds no certificate."""
    return open_pbx(
        settings.yeastar_base_url,
        client_id=settings.yeastar_client_id,
        client_secret=settings.yeastar_client_secret.get_secret_value(),
        ca_file=settings.pbx_ca_file,
        cert_sha256=settings.pbx_cert_sha256,
        zone=settings.pbx_timezone,
        tokens=tokens,
        now=clock.now,
    )


async def migrate_archive(settings: Settings) -> None:
    """Bring the database to this version's shape. Raises ArchiveError."""
    async with open_database(settings.database_url) as database:
        await migrate(database)


async def recorded_status(settings: Settings) -> Status:
    """How the bot is, as far as its database tells; that is made where there is none. Raises ArchiveError."""
    async with open_database(settings.database_url) as database:
        await migrate(database)
        return await status(
            archive=SqlArchive(database, site=SITE),
            outbox=SqlOutbox(database, site=SITE),
            ledger=SqlReconciliations(database, site=SITE),
            vitals=SqlHealth(database, site=SITE),
            activity=PbxActivity(),
            clock=SystemClock(),
        )
