"""A seeded generator of an endless sequence of realistic calls of one company.

Parties are written as a P-Series PBX writes them: `Name<number>`, only a number, or an empty string when withheld.
External numbers come from ranges that regulators reserve for fiction, so they belong to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

Direction = Literal["Inbound", "Outbound", "Internal"]
DIRECTIONS: tuple[Direction, ...] = ("Inbound", "Outbound", "Internal")

EXTENSIONS = (
    "Evelyn<5566>",
    "Dave Harris<5556>",
    "Leo Ball<5555>",
    "Amelia Stone<5501>",
    "Priya Nair<5558>",
    "Tomáš Dvořák<5560>",
    "李梅<5561>",
    "Олена Шевченко<5562>",
    "<5590>",  # the warehouse telephone has no name
)
RECEPTION = "Reception<5500>"
QUEUE = "Support<6400>"
WITHHELD = ("", "Anonymous", "anonymous<anonymous>")

CUSTOMERS = (
    "Zoë Müller",
    "José Núñez",
    "Łukasz Wiśniewski",
    "Åsa Öberg",
    "Chloë D'Arcy-O'Neill",
    "Brown & Sons, Ltd.",
    'Acme "Spare" Parts',
    "Ирина Соколова",
    "Дмитрий Ковальчук",
    "Ελένη Παπαδοπούλου",
    "Γιώργος Νικολάου",
    "محمد الأحمد",
    "ليلى حداد",
    "王小明",
    "陳美玲",
    "佐藤花子",
    "鈴木一郎",
    "प्रिया शर्मा",
    "राहुल वर्मा",
    "🌻 Sunny's Flowers",
    "Grace Hopper",
    "Samuel Okafor",
)
HOSTILE = ("<!channel>", "<https://x.example|Bank>", "*bold* _it_ ~gone~", "`code` &lt;b&gt;", "<@U012AB3CD> :tada:")
"""Names that would notify, link or format if Slack interpreted them as markup."""
ONE_HOSTILE_IN = 45

FICTIONAL = ("+44207946{:04}", "+1212555{:04}", "+331990{:05}", "+441632960{:03}", "+493023125{:03}", "+612555{:05}")
"""Number ranges reserved for fiction: Ofcom, NANPA (555-0100 to 0199), ARCEP, Ofcom, BNetzA, ACMA."""
SPAN = 100
"""How many numbers of each range are used."""

OPENS, CLOSES = 8, 18
SATURDAY = 5
BUSY_GAP = timedelta(minutes=9)
QUIET_GAP = timedelta(hours=5)
"""Mean time between two calls during business hours (`BUSY_GAP`) and outside of them."""

SHORTEST, LONGEST = timedelta(seconds=8), timedelta(minutes=25)
USUAL_SECONDS, SPREAD = 4.6, 0.95
"""Mean and standard deviation of the natural logarithm of the seconds. The median is e^4.6 = 100 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One recorded part of a call, between two parties as the PBX writes them."""

    caller: str
    callee: str
    begins: timedelta
    """Time from the start of the call to the start of this recording: ringing, and the part before a transfer."""
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that has ended, with the data that the PBX needs to list its recordings, one per leg."""

    started_at: datetime
    """Aware, whole seconds."""
    direction: Direction
    legs: tuple[Leg, ...]
    channel: int
    """The PBX's sequence number of the channel: `.14` in the call id `1641980184.14`."""
    mark: str
    """The last five characters of the call's uid."""
    id: int = 0
    """The id that its first recording must get, or 0 for the PBX's next id."""


class Company:
    """A generator of calls; the same seed gives the same calls. Business hours are in the time zone `zone`."""

    def __init__(self, seed: int = 1, *, zone: str = "Asia/Shanghai") -> None:
        self._random = Random(seed)
        self._zone = ZoneInfo(zone)
        self._channel = 0
        self._customers = tuple(_entry(name, index) for index, name in enumerate(CUSTOMERS))

    def history(self, count: int = 184, *, until: datetime) -> tuple[Call, ...]:
        """Return the calls that ended by `until`, oldest first, with `count` recordings in total."""
        ends = [until]
        while len(ends) < count:
            ends.append(ends[-1] - self._gap(ends[-1]))
        return _newest([self.next_call(at) for at in reversed(ends)], count)

    def next_call(self, at: datetime) -> Call:
        """Return a call that ends at `at`. One in ten is transferred and has two legs."""
        direction = self._random.choices(DIRECTIONS, (5, 3, 2))[0]
        legs = self._legs(direction)
        self._channel += self._random.randint(1, 4)
        return Call(
            started_at=at.replace(microsecond=0) - legs[-1].begins - legs[-1].length,
            direction=direction,
            legs=legs,
            channel=self._channel,
            mark=f"{self._random.randrange(16**5):05X}",
        )

    def _gap(self, before: datetime) -> timedelta:
        mean = BUSY_GAP if _open(before, self._zone) else QUIET_GAP
        return timedelta(seconds=self._random.expovariate(1 / mean.total_seconds()))

    def _legs(self, direction: Direction) -> tuple[Leg, ...]:
        caller, callee = self._parties(direction)
        first = self._leg(caller, callee, timedelta(seconds=self._random.randint(2, 5)))
        if direction != "Inbound" or self._random.random() > 0.2:
            return (first,)
        colleague = self._random.choice([other for other in EXTENSIONS if other != callee])
        handed_over = first.begins + first.length + timedelta(seconds=self._random.randint(1, 4))
        return first, self._leg(caller, colleague, handed_over)

    def _leg(self, caller: str, callee: str, begins: timedelta) -> Leg:
        length = timedelta(seconds=round(self._random.lognormvariate(USUAL_SECONDS, SPREAD)))
        return Leg(caller=caller, callee=callee, begins=begins, length=min(max(length, SHORTEST), LONGEST))

    def _parties(self, direction: Direction) -> tuple[str, str]:
        if direction == "Internal":
            caller, callee = self._random.sample(EXTENSIONS, 2)
            return caller, callee
        if direction == "Outbound":
            return self._random.choice(EXTENSIONS), self._dialled()
        answered = self._random.choices((QUEUE, RECEPTION, self._random.choice(EXTENSIONS)), (4, 3, 5))[0]
        return self._outside(), answered

    def _outside(self) -> str:
        """Return a caller: mostly a known customer, sometimes a stranger, a withheld number or a hostile name."""
        if self._random.randrange(ONE_HOSTILE_IN) == 0:
            return f"{self._random.choice(HOSTILE)}<{self._some_number()}>"
        number = self._some_number()
        known = self._random.choice(self._customers)
        withheld = self._random.choice(WITHHELD)
        return self._random.choices((known, number, f"{number}<{number}>", withheld), (14, 3, 2, 1))[0]

    def _dialled(self) -> str:
        """Return a called party, with a name when the address book has the number."""
        known = self._random.choice(self._customers)
        return self._random.choices((known, self._some_number()), (3, 2))[0]

    def _some_number(self) -> str:
        return _number(self._random.randrange(len(FICTIONAL) * SPAN))


def _open(moment: datetime, zone: tzinfo) -> bool:
    local = moment.astimezone(zone)
    return local.weekday() < SATURDAY and OPENS <= local.hour < CLOSES


def _number(index: int) -> str:
    """Return the number for an index, always the same one; consecutive indexes use different ranges."""
    pattern = FICTIONAL[index % len(FICTIONAL)]
    return pattern.format(100 + index // len(FICTIONAL) % SPAN)


def _entry(name: str, index: int) -> str:
    """Return a customer's entry in the address book."""
    return f"{name}<{_number(index)}>"


def _newest(calls: Sequence[Call], count: int) -> tuple[Call, ...]:
    """Return the latest calls, with `count` recordings in total; the oldest call loses legs if there are too many."""
    kept: list[Call] = []
    missing = count
    for call in reversed(calls):
        if missing <= 0:
            break
        kept.append(call if len(call.legs) <= missing else replace(call, legs=call.legs[:missing]))
        missing -= len(call.legs)
    return tuple(reversed(kept))
