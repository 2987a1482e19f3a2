"""How the bot is, as short lines: what is not well and why, what is held, and every channel by its last real post."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.health import Health, Level, Part
from bot.domain.reconciliation import Reconciliation
from bot.domain.status import SILENT, ChannelState, Status
from bot.text.alert_lines import NAMES, place, sentence, span
from bot.text.lines import DAY, Line, Moment, Words
from bot.text.sentences import LINE_ROOM, count

NEWS = timedelta(days=7)
"""How long it is worth a line that the PBX's numbers have started again."""
MOST_CHANNELS = 20
"""Channels that are named one by one."""
LABELS = {Part.PBX: "PBX", Part.SLACK: "Slack", Part.DATABASE: "database"}
UNKNOWN = "unknown"
JUST_NOW = timedelta(seconds=2)


def status(state: Status) -> list[Line]:
    """The parts' health and what ails them, the last look and the next, what is held, and how each channel stands."""
    healths = _healths(state)
    lines = [*_silence(state), _levels(healths), *map(_trouble, _troubled(healths)), _looks(state), _held(state)]
    lines += [_proof(state.proof)] if state.proof else []
    if state.skipped:
        lines.append((f"{count(state.skipped, 'row')} of the PBX's newest page could not be read; the log says why.",))
    if state.renewed_at and state.now - state.renewed_at < NEWS:
        lines.append(("The PBX's numbers started again ", Moment(state.renewed_at), ". New calls are posted."))
    if state.given_up:
        lines.append((f"{count(state.given_up, 'message')} given up: Slack took them in no form; the log says why.",))
    return [line for line in (*lines, *_channels(state)) if line]


def _silence(state: Status) -> list[Line]:
    """Whether nobody follows the PBX: then nothing below can be trusted."""
    label = Words("Nothing is posted", "bold")
    if state.watched_at is None:
        return [] if state.next_look_at else [(label, ": no process follows the PBX yet.")]
    if state.now - state.watched_at <= SILENT:
        return []
    return [(label, f": the process that follows the PBX was last seen {_ago(state.watched_at, state)}. Start it.")]


def _healths(state: Status) -> dict[Part, Health]:
    """How each part is, as far as it is known: this process may see of the PBX what the one that follows it does not.

    What was noted by a process that has gone silent is not known any more. This state was read from the database.
    """
    is_watched = state.watched_at is not None and state.now - state.watched_at <= SILENT
    noted = {health.part: health for health in state.healths} if is_watched else {}
    known = {Part.DATABASE: Health(part=Part.DATABASE)} | noted
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


def _troubled(healths: dict[Part, Health]) -> Sequence[Health]:
    return [healths[part] for part in Part if part in healths and healths[part].level is not Level.OK]


def _trouble(health: Health) -> Line:
    name = Words(NAMES[health.part], "bold")
    if health.well_since:
        return (name, " seems well again since ", Moment(health.well_since), *_before(health), ".")
    why = sentence(health.reason)
    if health.since:
        return (name, f" has been {health.level} since ", Moment(health.since), f".{why}")
    return (name, f" is {health.level}.{why}")


def _before(health: Health) -> Line:
    return (", after trouble since ", Moment(health.since)) if health.since else ()


def _looks(state: Status) -> Line:
    """Such as `Last look at the PBX 4 s ago, next look in 6 s; login holds 25 min`."""
    told = []
    if state.looked_at:
        seen = "The PBX last answered" if state.problem else "Last look at the PBX"
        told.append(f"{seen} {_ago(state.looked_at, state)}")
    if state.next_look_at:
        wait = state.next_look_at - state.now
        told.append(f"next look {f'in {span(wait)}' if wait > JUST_NOW else 'now'}")
    looks = ", ".join(told)
    if state.token_until is None:
        return (_capital(looks),) if looks else ()
    left = state.token_until - state.now
    login = f"login holds {span(left)}" if left > JUST_NOW else "login to be renewed"
    return (_capital(f"{looks}; {login}" if looks else login),)


def _held(state: Status) -> Line:
    of = f", {state.total:,} on the PBX" if state.total else ""  # not told before the first poll
    gone = f", {state.gone:,} more that it has deleted" if state.gone else ""
    held: Line = (Words("Recordings", "bold"), f": {state.held:,} held{of}{gone}")
    if state.history_done:
        return held
    if state.history_back_to is None:
        return (*held, "; older ones are still being read in")
    return (*held, "; read in back to ", Moment(state.history_back_to, DAY), " so far")


def _proof(proof: Reconciliation) -> Line:
    unread = f", {count(proof.skipped, 'row')} unreadable" if proof.skipped else ""
    figures = f": {proof.held:,} of {proof.listed:,} held, {proof.late:,} found late{unread}"
    return (Words("Proof", "bold"), " ", Moment(proof.at), figures)


def _channels(state: Status) -> list[Line]:
    """Every channel that is told of recordings, those in trouble first."""
    if not state.channels:
        return [("No channel is told of new recordings.",)]
    ordered = sorted(state.channels, key=lambda channel: (channel.paused_since is None, not channel.owed))
    lines = [line for channel in ordered[:MOST_CHANNELS] for line in _channel(channel, state)]
    more = len(ordered) - MOST_CHANNELS
    return [*lines, (f"… and {count(more, 'more channel')}.",)] if more > 0 else lines


def _channel(channel: ChannelState, state: Status) -> list[Line]:
    name = place(channel.channel)
    line: Line = (name, f": {_owed(channel, state)}{_last(channel, state)}")
    why = sentence(channel.problem, LINE_ROOM)
    if channel.paused_since:
        return [line, (name, " has taken no posts since ", Moment(channel.paused_since), f".{why}")]
    return [line, (name, f": the last try failed.{why}")] if channel.owed and why else [line]


def _owed(channel: ChannelState, state: Status) -> str:
    if not channel.owed:
        return "all posted" if channel.last_sent_at else "nothing posted yet"
    age = f", the oldest for {span(state.now - channel.oldest_owed_at)}" if channel.oldest_owed_at else ""
    return f"{channel.owed:,} waiting{age}"


def _last(channel: ChannelState, state: Status) -> str:
    """The last real post there, and how long after its call."""
    if channel.last_sent_at is None:
        return ""
    delay = f", {span(channel.last_delay)} after its call" if channel.last_delay is not None else ""
    return f"; last post {_ago(channel.last_sent_at, state)}{delay}"


def _ago(moment: datetime, state: Status) -> str:
    age = state.now - moment
    return f"{span(age)} ago" if age >= JUST_NOW else "just now"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
