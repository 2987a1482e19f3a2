"""Answers and checks in a terminal: the same lines as in Slack, rendered as plain text."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NoReturn
from zoneinfo import ZoneInfoNotFoundError

from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text
from tzlocal import reload_localzone

from bot.domain.access import Asker, Everything
from bot.domain.query import Query
from bot.domain.recording import Party, Recording
from bot.domain.results import ListResult, ShowResult, Stale
from bot.domain.statistics import Statistics
from bot.errors import PbxError, PbxUnreachable
from bot.language.dates import LineContext
from bot.language.examples import examples
from bot.language.grammar import (
    Command,
    HelpCommand,
    ListCommand,
    ShowCommand,
    StatsCommand,
    StatusCommand,
    read_command,
)
from bot.language.writing import line_of
from bot.operations.doctor import Check
from bot.parts import Parts, SystemClock, open_parts
from bot.settings import Settings
from bot.text import help_lines, query_lines, recording_lines, sentences, statistics_lines, status_lines
from bot.text.cleaning import LEFT_TO_RIGHT, clean
from bot.text.durations import clock_text
from bot.text.lines import DAY, Channel, Line, Moment, Person, Span, Words

PATIENCE = timedelta(seconds=30)
WIDE = 100
"""From so many columns on, a direction is written beside its arrow."""
WIDEST_BAR = 60
PADDING = (0, 2, 0, 0)


def local_zone() -> tzinfo:
    """Return the zone of this machine; with a fixed offset where TZ is a POSIX rule such as `CET-1`."""
    try:
        return reload_localzone()
    except ZoneInfoNotFoundError:
        return datetime.now().astimezone().tzinfo or UTC


async def ask(settings: Settings, line: str, console: Console | None = None) -> None:
    """Answer a line on the terminal, for an asker who sees everything: who starts this program can read its database.

    Raises QueryError, PbxError when the archive cannot stand in, or ArchiveError.
    """
    asker = Asker(zone=local_zone(), scope=Everything())
    command = read_command(line, LineContext(now=SystemClock().now(), zone=asker.zone))
    screen = _Screen(console or Console(), asker.zone)
    if command == HelpCommand(filters=True):
        screen.print(help_lines.FILTERS_INTRO, *help_lines.filters(), help_lines.FILTERS_END)
        return
    async with open_parts(settings, lasting=False) as parts:
        await _answer(parts, asker, command, screen)


async def _answer(parts: Parts, asker: Asker, command: Command, screen: "_Screen") -> None:
    match command:
        case ListCommand(query=query):
            screen.print_list(await parts.lookup.listing(asker, query, patience=PATIENCE) or _no_answer())
        case ShowCommand(id=recording_id):
            screen.print_recording(await parts.lookup.show(asker, recording_id, patience=PATIENCE) or _no_answer())
        case StatsCommand(query=query, by=by):
            screen.print_statistics(await parts.lookup.stats(asker, query, by, patience=PATIENCE))
        case StatusCommand():
            with contextlib.suppress(PbxError):  # this process has not asked the PBX yet; the status reports an error
                await parts.lookup.listing(asker, Query(count=1), patience=PATIENCE)
            screen.print(*status_lines.status(await parts.status()))
        case HelpCommand():
            rows = await parts.lookup.newest(asker, help_lines.EXAMPLE_ROWS)
            screen.print(help_lines.INTRO, *help_lines.help_(examples(rows)), help_lines.MORE)


async def print_checks(checks: AsyncIterator[Check], console: Console | None = None) -> bool:
    """Print each check as it comes. Returns whether all passed."""
    console, passed = console or Console(), True
    async for check in checks:
        mark = Text("ok  ", "green") if check.ok else Text("FAIL", "bold red")
        remedy = "" if check.ok else f" → {clean(check.remedy)}"
        console.print(Text.assemble(mark, f"  {check.name}: {clean(check.says)}{remedy}"), soft_wrap=True)
        passed = passed and check.ok
    return passed


def _no_answer() -> NoReturn:
    raise PbxUnreachable(f"the PBX did not answer within {PATIENCE.total_seconds():.0f} s")


class _Screen:
    """Prints answers, with times in one zone."""

    def __init__(self, console: Console, zone: tzinfo) -> None:
        self._console = console
        self._zone = zone
        self._is_wide = console.width >= WIDE

    def print(self, *lines: Line, style: str = "") -> None:
        for line in lines:
            if line:
                self._console.print(self._text(line, style))

    def print_list(self, found: ListResult) -> None:
        heading = query_lines.heading if found.rows else query_lines.nothing_found
        self.print(heading(found, self._zone))
        self._print_stale(found.stale)
        self.print(query_lines.history_note(found))
        if found.rows:
            self._print_rows(found.rows)
        if found.hint is not None:
            how_to_list = query_lines.how_to_list(line_of(found.hint.query))
            self.print(query_lines.hint(found.hint, found.query, self._zone), how_to_list)

    def print_recording(self, result: ShowResult) -> None:
        self._print_stale(result.stale)
        recording = result.recording
        names = ("number", "time", "direction", "caller", "callee", "length")
        table = Table(box=None, pad_edge=False, padding=PADDING, show_header=False)
        for name, cell in zip(names, self._cells(recording, is_wide=True), strict=True):
            table.add_row(name, Text(cell))
        table.add_row("size", Text(recording_lines.size_text(recording.size) if recording.size > 0 else ""))
        table.add_row("file", Text(clean(recording.file), overflow="fold"))
        table.add_row("call", Text(clean(recording.uid), overflow="fold"))
        table.add_row("PBX", self._text(recording_lines.pbx_state(result)))
        self._console.print(table)
        if result.others:
            self.print(sentences.OTHERS)
            self._print_rows(result.others)

    def print_statistics(self, statistics: Statistics) -> None:
        """The figures in words, and a bar for each hour, day or person."""
        self.print(*statistics_lines.figures(statistics, self._zone))
        most = max((bucket.count for bucket in statistics.buckets), default=0)
        table = Table(box=None, pad_edge=False, padding=PADDING, show_header=False)
        table.add_column(overflow="fold")
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        for bucket in statistics.buckets:
            bar = Bar(most, 0, bucket.count, width=WIDEST_BAR) if bucket.count else ""
            table.add_row(Text(clean(statistics_lines.name(bucket, statistics.by))), f"{bucket.count:,}", bar)
        self._console.print(table)

    def _print_stale(self, stale: Stale | None) -> None:
        if stale is not None:
            self.print(sentences.stale(stale), style="yellow")

    def _print_rows(self, rows: Iterable[Recording]) -> None:
        """A table. Names fold where there is no room for them; numbers, times and lengths do not."""
        table = Table(box=None, pad_edge=False, padding=PADDING, header_style="bold")
        table.add_column("number", justify="right", no_wrap=True)
        table.add_column("time", no_wrap=True)
        table.add_column("", no_wrap=True)
        table.add_column("caller", overflow="fold")
        table.add_column("callee", overflow="fold")
        table.add_column("length", justify="right", no_wrap=True)
        for recording in rows:
            table.add_row(*map(Text, self._cells(recording, is_wide=self._is_wide)))
        self._console.print(table)

    def _cells(self, recording: Recording, *, is_wide: bool) -> tuple[str, ...]:
        return (
            str(recording.id),
            self._time(recording.started_at) if recording.started_at else clean(recording.local_time),
            _direction(recording, is_wide=is_wide),
            _party(recording.caller),
            _party(recording.callee),
            clock_text(recording.length) if recording.length else "",
        )

    def _text(self, line: Line, style: str = "") -> Text:
        return Text("".join(map(self._span, line)).replace(LEFT_TO_RIGHT, ""), style)

    def _span(self, span: Span) -> str:
        match span:
            case Moment(at, style):
                return self._time(at)[:10] if style == DAY else self._time(at)
            case Channel(id_) | Person(id_):
                return clean(id_)
            case Words(text):
                return text
            case _:
                return span

    def _time(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


def _direction(recording: Recording, *, is_wide: bool) -> str:
    if recording.direction is None:
        return ""
    glyph = recording_lines.GLYPHS[recording.direction]
    return f"{glyph} {recording.direction}" if is_wide else glyph


def _party(party: Party) -> str:
    return f"{clean(party.name)} {clean(party.number)}".strip() or recording_lines.NOBODY
