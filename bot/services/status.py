"""Tell how the bot is."""

from bot.domain.status import Activity, Status
from bot.ports import Archive, Clock, Outbox


async def status(archive: Archive, outbox: Outbox, activity: Activity, clock: Clock) -> Status:
    """What the archive and this process know, without asking the PBX or Slack. Raises ArchiveError."""
    state = await archive.state()
    now = clock.now()
    return Status(
        now=now,
        looked_at=activity.looked_at or state.looked_at,
        problem=activity.problem,
        held=await archive.count(),
        total=state.total,
        skipped=activity.skipped,
        renewed_at=activity.renewed_at,
        history_done=state.baseline is not None and state.history is None,
        history_back_to=await archive.oldest(),
        channels=await outbox.states(),
        given_up=await outbox.lost(),
    )
