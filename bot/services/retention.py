"""Delete what is older than the retention."""

from datetime import timedelta

import structlog

from bot.ports import Clock, ReconciliationStore

DELETED_FOR = timedelta(days=90)
"""How long a row stays after the PBX has deleted its recording, where no other age is set."""

log = structlog.get_logger(__name__)


async def delete_expired(store: ReconciliationStore, clock: Clock, *, keep_for: timedelta | None) -> int:
    """Delete recordings older than `keep_for`, or without it those that the PBX deleted 90 days ago.

    Deletes their deliveries as well, and alerts and reconciliations of that age; not what is still to be posted.
    Returns how many recordings were deleted. Raises ArchiveError.
    """
    now = clock.now()
    before = None if keep_for is None else now - keep_for
    deleted = await store.delete_expired(before=before, gone_before=before or now - DELETED_FOR)
    if deleted:
        log.info("retired", recordings=deleted)
    return deleted
