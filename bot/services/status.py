"""Collect the bot's status."""

from datetime import datetime

from bot.domain.health import Part
from bot.domain.status import PbxActivity, Status
from bot.ports import Clock, HealthStore, Outbox, ReconciliationStore, RecordingStore


async def status(
    *,
    archive: RecordingStore,
    outbox: Outbox,
    reconciliations: ReconciliationStore,
    health: HealthStore,
    activity: PbxActivity,
    clock: Clock,
    token_until: datetime | None = None,
) -> Status:
    """Return the status from the archive and from this process, without a request to the PBX or Slack.

    The health comes from the archive, where the process that polls saves it. `token_until` is for the token of this
    process. Raises ArchiveError.
    """
    state, healths = await archive.state(), await health.healths()
    pbx = next((each for each in healths if each.part is Part.PBX), None)
    deleted = await archive.count_deleted()
    reads = (activity.well_at, await health.well_at(Part.PBX), state.looked_at)
    return Status(
        now=clock.now(),
        looked_at=max(filter(None, reads), default=None),
        next_look_at=activity.next_look_at,
        problem=activity.problem or (pbx.reason if pbx and activity.well_at is None else ""),
        token_until=token_until,
        healths=healths,
        watched_at=await health.checked_at(),
        stored=await archive.count() - deleted,
        deleted=deleted,
        total=state.total,
        skipped=activity.skipped,
        renewed_at=state.renewed_at,
        history_done=state.baseline is not None and state.history is None,
        reconciliation=await reconciliations.latest(),
        history_back_to=await archive.oldest_start(),
        channels=await outbox.channel_states(),
        given_up=await outbox.lost(),
    )
