"""Alerts that the bot posts about itself, as lines: what has happened, what it means, and what to do about it."""

import re

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import CLOSED_PAUSE
from bot.domain.health import Part
from bot.text.cleaning import plain
from bot.text.durations import duration_text
from bot.text.lines import Channel, Line, Moment, Span, Words
from bot.text.remedies import ASK_OWNER, SLACK_PROBLEMS, SlackProblem
from bot.text.sentences import counted

REASON_ROOM = 200
MOST_IDS = 10
CHANNEL_ID = re.compile("[CG][A-Z0-9]+")
"""An id that Slack shows as a channel's name; the id of direct messages is not among them."""

NOT_RUNNING = "it was not running"

DOCTOR = Words("python -m bot doctor", "code")
NAMES = {Part.PBX: "The PBX", Part.SLACK: "Slack", Part.DATABASE: "The database", Part.BOT: "The bot"}
MEANINGS: dict[Part, tuple[Line, ...]] = {
    Part.PBX: (
        ("New calls are posted once it answers again. Until then look-ups show what is held.",),
        ("Check that it runs and can be reached. ", DOCTOR, " says more."),
    ),
    Part.SLACK: (
        ("Commands may get no answer. Posts wait until Slack takes them; none is lost.",),
        ("Check Slack's own status page. ", DOCTOR, " says more."),
    ),
    Part.DATABASE: (
        ("Nothing is posted and commands may fail until it works again. Then everything is caught up.",),
        ("Check its disk, and who else has it open. ", DOCTOR, " says more."),
    ),
    Part.BOT: (
        ("Nothing is posted until it runs again. Then everything is caught up.",),
        ("Start it: ", Words("python -m bot run", "code")),
    ),
}
"""What people will notice while a part is down, and what to do."""
AFTERWARDS: dict[Part, Line] = {Part.BOT: ("It was not running. If nobody stopped it, its log says why.",)}
"""What is said of a part that is back, besides."""


def alert(alert: Alert) -> list[Line]:
    """Describe what has happened, what it means, and what to do."""
    match alert:
        case Alert(happening=Happening.DOWN, part=Part() as part):
            return _part_down(alert, part)
        case Alert(happening=Happening.BACK, part=Part() as part):
            return _part_back(alert, part)
        case Alert(happening=Happening.CLOSED):
            return _channel_closed(alert)
        case Alert(happening=Happening.OPEN):
            return [_channel_open(alert)]
        case Alert(happening=Happening.RENEWED):
            return _ids_restarted(alert)
        case _:
            return _post_refused(alert)


def channel_name(channel: str) -> Span:
    """Show a channel by its name; words for a channel that has no name in Slack."""
    if CHANNEL_ID.fullmatch(channel):
        return Channel(channel)
    return f"the direct message {plain(channel, REASON_ROOM)}"


def reason_sentence(reason: str, part: Part | None = None, most: int = REASON_ROOM) -> str:
    """Format a reason as a sentence that follows another, with the space before it; "" without a reason.

    An outage of the bot itself has no reason of its own: that it was not running is all that is known.
    """
    reason = plain(reason, most).rstrip(".") or (NOT_RUNNING if part is Part.BOT else "")
    return f" {reason[:1].upper()}{reason[1:]}{'' if reason.endswith('…') else '.'}" if reason else ""


def _part_down(alert: Alert, part: Part) -> list[Line]:
    since: Line = (", since ", Moment(alert.since)) if alert.since else ()
    reason = reason_sentence(alert.reason, part)
    return [(Words(f"{NAMES[part]} is down", "bold"), *since, f".{reason}"), *MEANINGS[part]]


def _part_back(alert: Alert, part: Part) -> list[Line]:
    line: Line = (Words(f"{NAMES[part]} is back", "bold"), f"{_outage(alert)}; {_recordings_meanwhile(alert)}.")
    return [line, AFTERWARDS[part]] if part in AFTERWARDS else [line]


def _recordings_meanwhile(alert: Alert) -> str:
    """Say how many recordings came during an outage, and how many of them are posted already."""
    came = f"{counted(alert.came, 'recording')} came meanwhile"
    if not alert.came:
        return "no recording came meanwhile"
    if not alert.waiting:
        return f"{came} and is posted" if alert.came == 1 else f"{came}, all posted"
    if alert.waiting >= alert.came:
        return f"{came} and {'follows' if alert.came == 1 else 'follow'} now"
    return f"{came}, {alert.came - alert.waiting:,} posted and {alert.waiting:,} to follow"


def _channel_closed(alert: Alert) -> list[Line]:
    problem = SLACK_PROBLEMS.get(alert.reason, SlackProblem())
    why, action = problem.problem, problem.action
    if not why:
        why, action = f"Slack says: {plain(alert.reason, REASON_ROOM)}.", ASK_OWNER
    retries = f"Its recordings wait. I try again every {duration_text(CLOSED_PAUSE)}, or when you press the button."
    return [(Words("I cannot post", "bold"), " in ", channel_name(alert.channel), f". {why}"), action, (retries,)]


def _channel_open(alert: Alert) -> Line:
    verb = "is" if alert.came == 1 else "are"
    waiting = f"; {counted(alert.came, 'recording')} that waited {verb} posted now" if alert.came else ""
    return (Words("I can post again", "bold"), " in ", channel_name(alert.channel), f"{_outage(alert)}{waiting}.")


def _ids_restarted(alert: Alert) -> list[Line]:
    noticed: Line = (", noticed ", Moment(alert.since)) if alert.since else ()
    return [
        (
            Words("The PBX's numbers have started again", "bold"),
            *noticed,
            ". It was reset, or a backup was restored.",
        ),
        ("New calls are posted as before, none twice, and what was still to be posted follows.",),
        ("A number from before may now stand for another recording, or for none.",),
        ("Nothing needs doing here. If nobody did that on purpose, have the PBX looked at.",),
    ]


def _post_refused(alert: Alert) -> list[Line]:
    ids = alert.recordings
    id_list = ", ".join(map(str, ids[:MOST_IDS])) + (" …" if len(ids) > MOST_IDS else "")
    what = f"Recording{'' if len(ids) == 1 else 's'} {id_list}" if ids else "The welcome"
    return [
        (
            Words(f"{what} not posted", "bold"),
            " in ",
            channel_name(alert.channel),
            ": Slack took the message in no form.",
        ),
        ("It is not tried again; what comes after it is posted as usual.", *_how_to_show(ids)),
        ("The fault is mine, please report it." + reason_sentence(alert.reason),),
    ]


def _how_to_show(ids: tuple[int, ...]) -> Line:
    """The command that shows recordings that were not posted."""
    if not ids:
        return ()
    line = f"show {ids[0]}" if len(ids) == 1 else f"id:{min(ids)}..{max(ids)}"
    return (" To see it: " if len(ids) == 1 else " To see them: ", Words(f"/recordings {line}", "code"))


def _outage(alert: Alert) -> str:
    return f" after {duration_text(alert.until - alert.since)}" if alert.since and alert.until else ""
