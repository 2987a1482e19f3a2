"""Answers in a terminal: the same values and sentences as in Slack. Text from outside is text here too."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NoReturn

from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.doctor import Check
from bot.domain.access import Asker, Everything
from bot.domain.query import Query
from bot.domain.recording import Party, Recording
from bot.domain.results import ListResult, ShowResult
from bot.domain.statistics import Statistics
from bot.errors import PbxError, PbxUnreachable
from bot.language.context import LineContext
from bot.language.examples import examples
from bot.language.grammar import AskHelp, AskStats, AskStatus, Command, Latest, Show, read_command
from bot.language.writing import line_of
from bot.parts import Parts, SystemClock, open_parts
from bot.settings import Settings
from bot.text import help_lines, query_lines, recording_lines, sentences, statistics_lines, status_lines
from bot.text.cleaning import LEFT_TO_RIGHT, clean
from bot.text.lines import DAY, Channel, Line, Moment, Person, Span, Words

PATIENCE = timedelta(seconds=30)
NEWEST = 50
"""Recordings that the examples of `help` are made of."""
WIDE = 100
"""Columns from which on a direction is written beside its arrow."""
WIDEST_BAR = 60
GAPS = (0, 2, 0, 0)


class Here(tzinfo):
    """This machine's own zone, with its summer time."""

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        """How far ahead of UTC its clocks are then."""
        return None if at is None else at.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, at: datetime | None) -> timedelta | None:  # noqa: ARG002 - the shape of a tzinfo
        """Not told apart from the offset."""
        return None

    def tzname(self, at: datetime | None) -> str | None:
        """What it is called then."""
        return None if at is None else at.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, at: datetime) -> datetime:
        """The time on its clocks; an hour that comes twice is told apart by `fold`."""
        fixed = at.replace(tzinfo=UTC).astimezone()
        first = fixed.replace(tzinfo=self)
        return first if first.utcoffset() == fixed.utcoffset() else first.replace(fold=1)


HERE = Here()
ASKER = Asker(zone=HERE, scope=Everything())
"""Whoever can start this program can read its database: the terminal sees everything."""


async def ask(settings: Settings, line: str, console: Console | None = None) -> None:
    """Answer a line on the terminal. Raises QueryError, PbxError when the archive cannot stand in, or ArchiveError."""
    console = console or Console()
    command = read_command(line, LineContext(now=SystemClock().now(), zone=HERE))
    if command == AskHelp(filters=True):
        _print_lines(console, [help_lines.FILTERS_INTRO, *help_lines.filters(), help_lines.FILTERS_END])
        return
    async with open_parts(settings, lasting=False) as parts:
        await _answer(parts, command, console)


async def _answer(parts: Parts, command: Command, console: Console) -> None:
    match command:
        case Latest(query=query):
            found = await parts.lookup.listing(ASKER, query, patience=PATIENCE)
            _print_listing(console, found or _silent())
        case Show(id=recording_id):
            one = await parts.lookup.show(ASKER, recording_id, patience=PATIENCE)
            _print_one(console, one or _silent())
        case AskStats(query=query, by=by):
            _print_tally(console, await parts.lookup.stats(ASKER, query, by, patience=PATIENCE))
        case AskStatus():
            with contextlib.suppress(PbxError):  # this process has not seen the PBX yet; the status tells how it is
                await parts.lookup.listing(ASKER, Query(count=1), patience=PATIENCE)
            _print_lines(console, status_lines.status(await parts.status()))
        case AskHelp():
            shown = help_lines.help_(examples(await parts.lookup.newest(ASKER, NEWEST)))
            _print_lines(console, [help_lines.INTRO, *shown, help_lines.MORE])


async def print_checks(checks: AsyncIterator[Check], console: Console | None = None) -> bool:
    """Print each check as it comes; whether all are well."""
    console, well = console or Console(), True
    async for check in checks:
        mark = Text("ok  ", "green") if check.ok else Text("FAIL", "bold red")
        remedy = "" if check.ok else f" → {clean(check.remedy)}"
        console.print(Text.assemble(mark, f"  {check.name}: {clean(check.says)}{remedy}"), soft_wrap=True)
        well = well and check.ok
    return well


def _silent() -> NoReturn:
    raise PbxUnreachable(f"the PBX did not answer within {PATIENCE.total_seconds():.0f} s")


def _print_listing(console: Console, found: ListResult) -> None:
    heading = query_lines.heading if found.rows else query_lines.nothing
    _print_lines(console, [heading(found, HERE)])
    _print_lines(console, [sentences.stale(found.stale)] if found.stale else [], style="yellow")
    _print_lines(console, [query_lines.back_to(found)])
    if found.rows:
        console.print(_table(found.rows, wide=console.width >= WIDE))
    if found.hint is not None:
        offer = query_lines.to_list(line_of(found.hint.query))
        _print_lines(console, [query_lines.hint(found.hint, found.query, HERE), offer])


def _table(rows: Iterable[Recording], *, wide: bool) -> Table:
    """Names fold where there is no room for them; numbers, times and lengths stay whole."""
    table = Table(box=None, pad_edge=False, padding=GAPS, header_style="bold")
    table.add_column("number", justify="right", no_wrap=True)
    table.add_column("time", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("caller", overflow="fold")
    table.add_column("callee", overflow="fold")
    table.add_column("length", justify="right", no_wrap=True)
    for recording in rows:
        table.add_row(*map(Text, _cells(recording, wide=wide)))
    return table


def _cells(recording: Recording, *, wide: bool) -> tuple[str, ...]:
    return (
        str(recording.id),
        _when(recording.started_at) if recording.started_at else clean(recording.local_time),
        _way(recording, wide=wide),
        _party(recording.caller),
        _party(recording.callee),
        recording_lines.length(recording.length) if recording.length else "",
    )


def _print_one(console: Console, found: ShowResult) -> None:
    _print_lines(console, [sentences.stale(found.stale)] if found.stale else [], style="yellow")
    recording = found.recording
    names = ("number", "time", "direction", "caller", "callee", "length")
    table = Table(box=None, pad_edge=False, padding=GAPS, show_header=False)
    for name, cell in zip(names, _cells(recording, wide=True), strict=True):
        table.add_row(name, Text(cell))
    table.add_row("size", Text(recording_lines.size(recording.size) if recording.size > 0 else ""))
    table.add_row("file", Text(clean(recording.file), overflow="fold"))
    table.add_row("call", Text(clean(recording.uid), overflow="fold"))
    table.add_row("PBX", _text(recording_lines.standing(found)))
    console.print(table)
    if found.others:
        _print_lines(console, [sentences.OTHERS])
        console.print(_table(found.others, wide=console.width >= WIDE))


def _print_tally(console: Console, tally: Statistics) -> None:
    """The figures in words, and a bar for each hour, day or person."""
    _print_lines(console, statistics_lines.figures(tally, HERE))
    most = max((bucket.count for bucket in tally.buckets), default=0)
    table = Table(box=None, pad_edge=False, padding=GAPS, show_header=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for bucket in tally.buckets:
        bar = Bar(most, 0, bucket.count, width=WIDEST_BAR) if bucket.count else ""
        table.add_row(Text(clean(statistics_lines.name(bucket, tally.by))), f"{bucket.count:,}", bar)
    console.print(table)


def _print_lines(console: Console, lines: Iterable[Line], style: str = "") -> None:
    for line in lines:
        if line:
            console.print(_text(line, style))


def _text(line: Line, style: str = "") -> Text:
    return Text("".join(map(_as_text, line)).replace(LEFT_TO_RIGHT, ""), style)


def _as_text(span: Span) -> str:
    match span:
        case Moment(at, shown):
            return _when(at)[:10] if shown == DAY else _when(at)
        case Channel(id_) | Person(id_):
            return clean(id_)
        case Words(text):
            return text
        case _:
            return span


def _when(at: datetime) -> str:
    """In this machine's own zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def _way(recording: Recording, *, wide: bool) -> str:
    if recording.direction is None:
        return ""
    glyph = recording_lines.GLYPHS[recording.direction]
    return f"{glyph} {recording.direction}" if wide else glyph


def _party(party: Party) -> str:
    return f"{clean(party.name)} {clean(party.number)}".strip() or recording_lines.NOBODY
