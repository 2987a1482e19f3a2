"""What the bot tells of itself, as lines: what has happened, what it means, and what to do about it."""

import re
from datetime import timedelta

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import CLOSED_PAUSE
from bot.domain.health import Part
from bot.text.cleaning import plain
from bot.text.lines import Channel, Line, Moment, Span, Words

REASON_ROOM = 200
MOST_IDS = 10
CHANNEL_ID = re.compile("[CG][A-Z0-9]+")
"""What Slack shows as a channel's name; the id of direct messages is not among it."""

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
"""What there is to know of a part that is back."""

ELSEWHERE = "or name another channel in the settings."
INVITE = Words("/invite @Recordings", "code")
MANIFEST = Words("python -m bot manifest", "code")
LET_ME: Line = ("Ask an owner of the workspace to let me post there, ", ELSEWHERE)
CLOSINGS: dict[str, tuple[str, Line]] = {
    "access_denied": ("Slack does not let me in.", LET_ME),
    "channel_not_found": (
        "It was deleted, or it is private and I am not in it.",
        ("Type ", INVITE, " there, ", ELSEWHERE),
    ),
    "ekm_access_denied": (
        "An administrator has suspended posting, by the workspace's own encryption keys.",
        ("Ask an owner of the workspace to allow it again.",),
    ),
    "external_channel_migrating": ("Slack is moving it to another workspace.", ("Nothing needs doing.",)),
    "is_archived": ("It is archived.", ("Bring it back, ", ELSEWHERE)),
    "messages_tab_disabled": (
        "Direct messages to me are switched off.",
        ("Switch the Messages Tab on under App Home in the app's settings.",),
    ),
    "missing_scope": ("I lack a permission.", ("Install the app again from ", MANIFEST, ".")),
    "no_permission": (
        "I lack a permission, or I am not in it.",
        ("Type ", INVITE, " there. If that is not it, install the app again from ", MANIFEST, "."),
    ),
    "not_in_channel": ("I am not in it.", ("Type ", INVITE, " there.")),
    "posting_to_channel_denied": ("It is not open to apps.", LET_ME),
    "restricted_action": ("Only some people may post there.", LET_ME),
    "restricted_action_read_only_channel": ("It is read-only.", LET_ME),
    "restricted_action_thread_only_channel": ("It takes replies in threads alone.", LET_ME),
}
"""Why Slack does not take a post into a channel, by its name for that, and the remedy. We never post in threads."""


def alert(told: Alert) -> list[Line]:
    """What has happened, what it means, and what to do."""
    match told:
        case Alert(happening=Happening.DOWN, part=Part() as part):
            return _down(told, part)
        case Alert(happening=Happening.BACK, part=Part() as part):
            return _back(told, part)
        case Alert(happening=Happening.CLOSED):
            return _closed(told)
        case Alert(happening=Happening.OPEN):
            return [_open(told)]
        case Alert(happening=Happening.RENEWED):
            return _renewed(told)
        case _:
            return _refused(told)


def span(length: timedelta) -> str:
    """Such as `45 s`, `12 min`, `2 h 10 min`, `3 days 4 h`; `0 s` for less than nothing."""
    seconds = max(0, round(length.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3_600, seconds // 86_400
    if days:
        return f"{days:,} day{'s' if days > 1 else ''} {hours % 24} h".removesuffix(" 0 h")
    if hours:
        return f"{hours} h {minutes % 60} min".removesuffix(" 0 min")
    return f"{minutes} min" if minutes else f"{seconds} s"


def place(channel: str) -> Span:
    """A channel by its name; what has no name that Slack could show, in words."""
    if CHANNEL_ID.fullmatch(channel):
        return Channel(channel)
    return f"the direct message {plain(channel, REASON_ROOM)}"


def sentence(reason: str, most: int = REASON_ROOM) -> str:
    """A reason as a sentence that follows another, with the blank before it; "" for none."""
    told = plain(reason, most).rstrip(".")
    return f" {told[:1].upper()}{told[1:]}{'' if told.endswith('…') else '.'}" if told else ""


def _down(told: Alert, part: Part) -> list[Line]:
    since: Line = (", since ", Moment(told.since)) if told.since else ()
    return [(Words(f"{NAMES[part]} is down", "bold"), *since, f".{sentence(told.reason)}"), *MEANINGS[part]]


def _back(told: Alert, part: Part) -> list[Line]:
    lines: list[Line] = [(Words(f"{NAMES[part]} is back", "bold"), f"{_after(told)}; {_met(told)}.")]
    return [*lines, AFTERWARDS[part]] if part in AFTERWARDS else lines


def _met(told: Alert) -> str:
    """What came meanwhile, and how much of it is posted already."""
    came = f"{_recordings(told.came)} came meanwhile"
    if not told.came:
        return "no recording came meanwhile"
    if not told.waiting:
        return f"{came} and is posted" if told.came == 1 else f"{came}, all posted"
    if told.waiting >= told.came:
        return f"{came} and {'follows' if told.came == 1 else 'follow'} now"
    return f"{came}, {told.came - told.waiting:,} posted and {told.waiting:,} to follow"


def _closed(told: Alert) -> list[Line]:
    other = (f"Slack says: {plain(told.reason, REASON_ROOM)}.", LET_ME)
    why, remedy = CLOSINGS.get(told.reason, other)
    waits = f"Its recordings wait. I try again every {span(CLOSED_PAUSE)}, or when you press the button."
    return [(Words("I cannot post", "bold"), " in ", place(told.channel), f". {why}"), remedy, (waits,)]


def _open(told: Alert) -> Line:
    waited = f"{_recordings(told.came)} that waited {'is' if told.came == 1 else 'are'} posted now"
    follows = f"; {waited}" if told.came else ""
    return (Words("I can post again", "bold"), " in ", place(told.channel), f"{_after(told)}{follows}.")


def _renewed(told: Alert) -> list[Line]:
    noticed: Line = (", noticed ", Moment(told.since)) if told.since else ()
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


def _refused(told: Alert) -> list[Line]:
    ids = told.recordings
    listed = ", ".join(map(str, ids[:MOST_IDS])) + (" …" if len(ids) > MOST_IDS else "")
    what = f"Recording{'' if len(ids) == 1 else 's'} {listed}" if ids else "The welcome"
    return [
        (Words(f"{what} not posted", "bold"), " in ", place(told.channel), ": Slack took the message in no form."),
        ("It is not tried again; what comes after it is posted as usual.", *_to_see(ids)),
        ("The fault is mine, please report it." + sentence(told.reason),),
    ]


def _to_see(ids: tuple[int, ...]) -> Line:
    """The line that shows what was not posted."""
    if not ids:
        return ()
    line = f"show {ids[0]}" if len(ids) == 1 else f"id:{min(ids)}..{max(ids)}"
    return (" To see it: " if len(ids) == 1 else " To see them: ", Words(f"/recordings {line}", "code"))


def _after(told: Alert) -> str:
    return f" after {span(told.until - told.since)}" if told.since and told.until else ""


def _recordings(count: int) -> str:
    return f"{count:,} recording{'' if count == 1 else 's'}"
