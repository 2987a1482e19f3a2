"""Let go of what is past keeping."""

from datetime import timedelta

import structlog

from bot.ports import Clock, ReconciliationStore

GONE_KEPT = timedelta(days=90)
"""How long the row of a recording is kept after the PBX has deleted it, where no other age is set."""

log = structlog.get_logger(__name__)


async def retire(ledger: ReconciliationStore, clock: Clock, *, keep_for: timedelta | None) -> int:
    """Remove rows older than `keep_for`, or without it those that the PBX has deleted long ago.

    With them go their deliveries, and alerts and proofs of that age; what is still owed stays. Returns how many
    recordings were removed. Raises ArchiveError.
    """
    now = clock.now()
    before = None if keep_for is None else now - keep_for
    removed = await ledger.delete_expired(before=before, gone_before=before or now - GONE_KEPT)
    if removed:
        log.info("retired", recordings=removed)
    return removed
