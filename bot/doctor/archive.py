"""What the database tells: that it works, and how the bot has fared so far, by what it really posted."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from bot.doctor.check import Check
from bot.domain.reconciliation import Reconciliation
from bot.domain.status import SILENT, ChannelState, Status
from bot.errors import ArchiveError
from bot.parts import recorded_status
from bot.settings import Settings
from bot.text.alert_lines import span

LATE = timedelta(minutes=15)
"""So long may a post wait before the doctor calls it a fault."""


async def archive_checks(settings: Settings) -> AsyncIterator[Check]:
    """The database, and what it knows of the bot's work where the bot has run before."""
    try:
        status = await recorded_status(settings)
    except ArchiveError as error:
        wrong, _, remedy = str(error).rstrip(".").partition(": ")
        remedy = f"{remedy or 'see the system log'} (DATABASE_URL is {settings.shown_database_url})"
        yield Check("database", ok=False, says=wrong, remedy=remedy)
        return
    yield Check("database", ok=True, says=f"{status.held:,} recordings held in {settings.shown_database_url}")
    for check in work_checks(status):
        yield check


def work_checks(status: Status) -> Iterator[Check]:
    """How the bot has fared: whether it runs, its last proof, and the last real post in each channel."""
    if status.watched_at is not None:
        yield _running(status)
    if status.proof is not None:
        yield _proof(status.proof)
    for channel in status.channels:
        yield _channel(channel, status)


def _running(status: Status) -> Check:
    if status.watched_at is None or status.now - status.watched_at > SILENT:
        last = f"{status.watched_at:%Y-%m-%d %H:%M} UTC" if status.watched_at else "never"
        return Check("bot", ok=False, says=f"does not run; last seen {last}", remedy="start it: python -m bot run")
    return Check("bot", ok=True, says="runs")


def _proof(proof: Reconciliation) -> Check:
    says = f"{proof.at:%d %b %H:%M} UTC: {proof.held:,} of {proof.listed:,} held, {proof.late:,} found late"
    whole = proof.held == proof.listed and not proof.skipped
    return Check("daily proof", ok=whole, says=says, remedy="" if whole else "see the log; the next proof tries again")


def _channel(state: ChannelState, status: Status) -> Check:
    """The last real post: a test message that works would prove nothing of the way that recordings take."""
    name, says = f"posts to {state.channel}", _last_post(state, status)
    if state.paused_since is not None:
        return Check(name, ok=False, says=f"paused: {state.problem}; {says}", remedy="it goes on once that is mended")
    waited = status.now - state.oldest_owed_at if state.oldest_owed_at else timedelta(0)
    if waited > LATE:
        why = f": {state.problem}" if state.problem else ""
        says = f"{state.owed:,} waiting, the oldest for {span(waited)}{why}; {says}"
        return Check(name, ok=False, says=says, remedy="see /recordings status and the log")
    return Check(name, ok=True, says=f"{says}; {state.owed:,} waiting")


def _last_post(state: ChannelState, status: Status) -> str:
    if state.last_sent_at is None:
        return "no recording posted yet"
    after = f", {span(state.last_delay)} after its call" if state.last_delay is not None else ""
    return f"last recording posted {span(status.now - state.last_sent_at)} ago{after}"
