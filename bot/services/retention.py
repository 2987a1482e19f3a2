"""Delete what is older than the retention."""

from datetime import timedelta

import structlog

from bot.ports import Clock, ReconciliationStore

DELETED_FOR = timedelta(days=90)
"""How long a recording is kept after the PBX has deleted it, if `keep_for` is not set."""

log = structlog.get_logger(__name__)


async def delete_expired(store: ReconciliationStore, clock: Clock, *, keep_for: timedelta | None) -> int:
    """Delete recordings older than `keep_for`; if it is None, those that the PBX deleted more than 90 days ago.

    Also deletes their deliveries, and alerts and results of reconciliation of that age. Recordings that are still to be
    posted stay. Returns the number of deleted recordings. Raises ArchiveError.
    """
    now = clock.now()
    before = None if keep_for is None else now - keep_for
    deleted = await store.delete_expired(before=before, deleted_before=before or now - DELETED_FOR)
    if deleted:
        log.info("retired", recordings=deleted)
    return deleted
