"""The parts that every mode needs: archive, PBX client and look-ups, opened from the settings."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.archive import (
    Database,
    SqlArchive,
    SqlHealth,
    SqlOutbox,
    SqlReconciliations,
    SqlTokens,
    is_migrated,
    migrate,
    open_database,
)
from bot.domain.health import LastSeen
from bot.domain.status import PbxActivity, Status
from bot.errors import ArchiveError
from bot.language.grammar import read_query
from bot.operations.metrics import Metrics
from bot.services.lookup import Lookup
from bot.services.status import status
from bot.settings import Settings
from bot.yeastar import PbxClient, open_pbx

SITE = "main"
"""The name of the PBX in the archive. The archive could store several."""


class SystemClock:
    """Implements the port `Clock` with the clock of this machine."""

    def now(self) -> datetime:
        """Return the current time; aware, UTC."""
        return datetime.now(UTC)

    async def sleep(self, pause: timedelta) -> None:
        """Wait for `pause`."""
        await asyncio.sleep(pause.total_seconds())


@dataclass(slots=True)
class Parts:
    """The parts for look-ups, the sync and posting."""

    settings: Settings
    clock: SystemClock
    phones: PbxClient
    archive: SqlArchive
    outbox: SqlOutbox
    reconciliations: SqlReconciliations
    health: SqlHealth
    activity: PbxActivity
    lookup: Lookup
    slack: LastSeen = field(default_factory=LastSeen)
    """Whether Slack's Web API accepts our calls."""
    metrics: Metrics = field(default_factory=Metrics)
    nudge: Callable[[], None] = lambda: None
    """Starts a poll now. Set by the process that runs the schedule; called by look-ups that find new recordings."""

    async def status(self) -> Status:
        """Return the bot's status. Raises ArchiveError."""
        return await status(
            archive=self.archive,
            outbox=self.outbox,
            reconciliations=self.reconciliations,
            health=self.health,
            activity=self.activity,
            clock=self.clock,
            token_until=self.phones.token_until,
        )

    async def resume(self, workspace: str, channel: str) -> bool:
        """Try a paused channel again now. Returns False if it is not paused. Raises ArchiveError."""
        return await self.outbox.resume(workspace, channel, now=self.clock.now())


@asynccontextmanager
async def open_parts(settings: Settings, *, lasting: bool = True) -> AsyncIterator[Parts]:
    """Open the archive and the PBX client, without a request to the PBX. Raises ArchiveError.

    A `lasting` process saves the PBX's token, encrypted, in the archive for the next process, because the PBX allows
    eight tokens, and a killed process cannot return its token.
    """
    clock, activity = SystemClock(), PbxActivity()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database_url))
        await (_migrate_in_child(settings, database) if lasting else migrate(database))
        archive = SqlArchive(
            database, site=SITE, keep_for=settings.keep_for, region=settings.phone_region, read_query=read_query
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
            reconciliations=SqlReconciliations(database, site=SITE),
            health=SqlHealth(database, site=SITE),
            activity=activity,
            lookup=lookup,
            metrics=Metrics(clock.now),
        )
        yield parts


def open_phones(
    settings: Settings, clock: SystemClock, tokens: SqlTokens | None = None
) -> AbstractAsyncContextManager[PbxClient]:
    """Return the PBX client, without sending a request. Raises SettingsError if PBX_CA_FILE has no certificate."""
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
    """Migrate the database to this version. Raises ArchiveError."""
    async with open_database(settings.database_url) as database:
        await migrate(database)


async def _migrate_in_child(settings: Settings, database: Database) -> None:
    """Run `python -m bot migrate` if the database is not up to date. Raises ArchiveError.

    In this process, Alembic would permanently use a tenth of the memory. A database in memory is migrated here.
    """
    if await is_migrated(database):
        return
    if not database.engine.url.database:
        await migrate(database)
        return
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "migrate"),
        env={**os.environ, "DATABASE_URL": settings.database_url, "LOG_LEVEL": settings.log_level},
        stderr=PIPE,
    )
    _, errors = await child.communicate()
    if child.returncode:
        raise ArchiveError(errors.decode().strip() or "The database could not be brought up to date.")


async def recorded_status(settings: Settings) -> Status:
    """Return the bot's status from its database only, which is created if it is missing. Raises ArchiveError."""
    async with open_database(settings.database_url) as database:
        await migrate(database)
        return await status(
            archive=SqlArchive(database, site=SITE),
            outbox=SqlOutbox(database, site=SITE),
            reconciliations=SqlReconciliations(database, site=SITE),
            health=SqlHealth(database, site=SITE),
            activity=PbxActivity(),
            clock=SystemClock(),
        )
