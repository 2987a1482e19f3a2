"""Tell how the bot is."""

from datetime import datetime

from bot.domain.health import Part
from bot.domain.status import PbxActivity, Status
from bot.ports import Archive, Clock, HealthStore, Outbox, ReconciliationStore


async def status(
    *,
    archive: Archive,
    outbox: Outbox,
    ledger: ReconciliationStore,
    vitals: HealthStore,
    activity: PbxActivity,
    clock: Clock,
    token_until: datetime | None = None,
) -> Status:
    """What the archive and this process know, without asking the PBX or Slack. Raises ArchiveError.

    What the process that follows the PBX has seen is known from the archive; `token_until` is this process's own.
    """
    state, healths = await archive.state(), await vitals.healths()
    followed = next((health for health in healths if health.part is Part.PBX), None)
    gone = await archive.gone()
    looks = (activity.well_at, await vitals.well_at(Part.PBX), state.looked_at)
    return Status(
        now=clock.now(),
        looked_at=max(filter(None, looks), default=None),
        next_look_at=activity.next_look_at,
        problem=activity.problem or (followed.reason if followed and activity.well_at is None else ""),
        token_until=token_until,
        healths=healths,
        watched_at=await vitals.checked_at(),
        held=await archive.count() - gone,
        gone=gone,
        total=state.total,
        skipped=activity.skipped,
        renewed_at=state.renewed_at,
        history_done=state.baseline is not None and state.history is None,
        proof=await ledger.latest(),
        history_back_to=await archive.oldest_start(),
        channels=await outbox.channel_states(),
        given_up=await outbox.lost(),
    )
