"""The answer to `status` as lines: health of the parts, stored recordings, every channel with its last post."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.health import Health, Level, Part
from bot.domain.reconciliation import Reconciliation
from bot.domain.status import SILENT, ChannelState, Status
from bot.text.alert_lines import NAMES, channel_name, reason_sentence
from bot.text.durations import duration_text
from bot.text.lines import DAY, Line, Moment, Words
from bot.text.sentences import LINE_ROOM, counted

RESTART_REPORTED = timedelta(days=7)
"""How long to report that the PBX's numbers have started again."""
MOST_CHANNELS = 20
"""Channels that are named one by one."""
LABELS = {Part.PBX: "PBX", Part.SLACK: "Slack", Part.DATABASE: "database"}
UNKNOWN = "unknown"
JUST_NOW = timedelta(seconds=2)


def status(state: Status) -> list[Line]:
    """Describe the health of the parts, the last and the next poll, the stored recordings, and each channel."""
    healths = _healths(state)
    unwell = [healths[part] for part in Part if part in healths and healths[part].level is not Level.OK]
    lines = [*_not_running(state), _levels(healths), *map(_problem, unwell), _polls(state), _recordings(state)]
    lines += [_reconciliation(state.reconciliation)] if state.reconciliation else []
    if state.skipped:
        rows = counted(state.skipped, "row")
        lines.append((f"{rows} of the PBX's newest page could not be read; the log says why.",))
    if state.renewed_at and state.now - state.renewed_at < RESTART_REPORTED:
        lines.append(("The PBX's numbers started again ", Moment(state.renewed_at), ". New calls are posted."))
    if state.given_up:
        messages = counted(state.given_up, "message")
        lines.append((f"{messages} given up: Slack took them in no form; the log says why.",))
    return [line for line in (*lines, *_channels(state)) if line]


def _not_running(state: Status) -> list[Line]:
    """Say that no process follows the PBX: then nothing below can be trusted."""
    label = Words("Nothing is posted", "bold")
    if state.watched_at is None:
        return [] if state.next_look_at else [(label, ": no process follows the PBX yet.")]
    if state.now - state.watched_at <= SILENT:
        return []
    return [(label, f": the process that follows the PBX was last seen {_ago(state.watched_at, state)}. Start it.")]


def _healths(state: Status) -> dict[Part, Health]:
    """Return the health of each part that is known.

    Health that a process wrote which has stopped since is not known. A problem with the PBX that this process sees
    counts even where the process that follows the PBX does not see it. The database is well: `state` was read from it.
    """
    is_watched = state.watched_at is not None and state.now - state.watched_at <= SILENT
    stored = {health.part: health for health in state.healths} if is_watched else {}
    known = {Part.DATABASE: Health(part=Part.DATABASE)} | stored
    pbx = known.get(Part.PBX, Health(part=Part.PBX))
    if state.problem:
        level = Level.DEGRADED if pbx.level is Level.OK else pbx.level
        known[Part.PBX] = replace(pbx, level=level, reason=state.problem, well_since=None)
    elif state.looked_at is not None:
        known[Part.PBX] = pbx
    return known


def _levels(healths: dict[Part, Health]) -> Line:
    """Such as `PBX ok · Slack ok · database ok`."""
    levels = {part: healths[part].level if part in healths else UNKNOWN for part in LABELS}
    words = [(Words(LABELS[part], "bold"), f" {level}") for part, level in levels.items()]
    return (*words[0], " · ", *words[1], " · ", *words[2])


def _problem(health: Health) -> Line:
    name = Words(NAMES[health.part], "bold")
    if health.well_since:
        before: Line = (", after trouble since ", Moment(health.since)) if health.since else ()
        return (name, " seems well again since ", Moment(health.well_since), *before, ".")
    why = reason_sentence(health.reason, health.part)
    if health.since:
        return (name, f" has been {health.level} since ", Moment(health.since), f".{why}")
    return (name, f" is {health.level}.{why}")


def _polls(state: Status) -> Line:
    """Such as `Last look at the PBX 4 s ago, next look in 6 s; login holds 25 min`."""
    parts = []
    if state.looked_at:
        last_poll = "The PBX last answered" if state.problem else "Last look at the PBX"
        parts.append(f"{last_poll} {_ago(state.looked_at, state)}")
    if state.next_look_at:
        wait = state.next_look_at - state.now
        parts.append(f"next look {f'in {duration_text(wait)}' if wait > JUST_NOW else 'now'}")
    polls = ", ".join(parts)
    if state.token_until is None:
        return (_capital(polls),) if polls else ()
    left = state.token_until - state.now
    login = f"login holds {duration_text(left)}" if left > JUST_NOW else "login to be renewed"
    return (_capital(f"{polls}; {login}" if polls else login),)


def _recordings(state: Status) -> Line:
    of = f", {state.total:,} on the PBX" if state.total else ""  # unknown before the first poll
    deleted = f", {state.deleted:,} more that it has deleted" if state.deleted else ""
    line: Line = (Words("Recordings", "bold"), f": {state.stored:,} held{of}{deleted}")
    if state.history_done:
        return line
    if state.history_back_to is None:
        return (*line, "; older ones are still being read in")
    return (*line, "; read in back to ", Moment(state.history_back_to, DAY), " so far")


def _reconciliation(proof: Reconciliation) -> Line:
    unread = f", {counted(proof.skipped, 'row')} unreadable" if proof.skipped else ""
    return (Words("Proof", "bold"), " ", Moment(proof.at), f": {reconciliation_figures(proof)}{unread}")


def reconciliation_figures(proof: Reconciliation) -> str:
    """Such as `1,284 of 1,284 held, 0 found late`."""
    return f"{proof.stored:,} of {proof.listed:,} held, {proof.late:,} found late"


def _channels(state: Status) -> list[Line]:
    """Describe every channel that recordings are posted in, those with a problem first."""
    if not state.channels:
        return [("No channel is told of new recordings.",)]
    ordered = sorted(state.channels, key=lambda channel: (channel.paused_since is None, not channel.pending))
    lines = [line for channel in ordered[:MOST_CHANNELS] for line in _channel(channel, state)]
    more = len(ordered) - MOST_CHANNELS
    return [*lines, (f"… and {counted(more, 'more channel')}.",)] if more > 0 else lines


def _channel(channel: ChannelState, state: Status) -> list[Line]:
    name = channel_name(channel.channel)
    line: Line = (name, f": {_waiting(channel, state)}{_last_post(channel, state)}")
    why = reason_sentence(channel.problem, most=LINE_ROOM)
    if channel.paused_since:
        return [line, (name, " has taken no posts since ", Moment(channel.paused_since), f".{why}")]
    return [line, (name, f": the last try failed.{why}")] if channel.pending and why else [line]


def _waiting(channel: ChannelState, state: Status) -> str:
    if not channel.pending:
        return "all posted" if channel.last_sent_at else "nothing posted yet"
    age = (
        f", the oldest for {duration_text(state.now - channel.oldest_pending_at)}" if channel.oldest_pending_at else ""
    )
    return f"{channel.pending:,} waiting{age}"


def _last_post(channel: ChannelState, state: Status) -> str:
    """When recordings were last posted there, and how long after their call."""
    if channel.last_sent_at is None:
        return ""
    delay = f", {duration_text(channel.last_delay)} after its call" if channel.last_delay is not None else ""
    return f"; last post {_ago(channel.last_sent_at, state)}{delay}"


def _ago(moment: datetime, state: Status) -> str:
    age = state.now - moment
    return f"{duration_text(age)} ago" if age >= JUST_NOW else "just now"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
