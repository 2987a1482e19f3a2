"""Answers in a terminal: the same values and sentences as in Slack. Text from outside is text here too."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.doctor import Check
from bot.domain.command import AskHelp, AskStatus, Latest, Show, read_command
from bot.domain.found import Found, FoundOne
from bot.domain.query import Query
from bot.domain.recording import Party, Recording
from bot.errors import PbxError, PbxUnreachable
from bot.parts import Parts, open_parts
from bot.settings import Settings
from bot.slack import facts, status_texts, texts
from bot.slack.blocks import Channel, Line, Moment, Person, Span, Words
from bot.slack.markup import clean

PATIENCE = timedelta(seconds=30)
WIDE = 100
"""Columns from which on a direction is written beside its arrow."""


async def ask(settings: Settings, line: str, console: Console | None = None) -> None:
    """Answer a line on the terminal. Raises QueryError, PbxError when the archive cannot stand in, or ArchiveError."""
    console = console or Console()
    command = read_command(line)
    if isinstance(command, AskHelp):
        console.print(Text("ask answers here what /recordings answers in Slack:"))
        _print_lines(console, texts.HELP)
        return
    async with open_parts(settings, lasting=False) as parts:
        await _answer(parts, command, console)


async def _answer(parts: Parts, command: Latest | Show | AskStatus, console: Console) -> None:
    match command:
        case Latest(query=query):
            found = await parts.lookup.listing(query, patience=PATIENCE)
            _print_listing(console, found or _silent())
        case Show(id=recording_id):
            one = await parts.lookup.show(recording_id, patience=PATIENCE)
            _print_one(console, one or _silent())
        case AskStatus():
            with contextlib.suppress(PbxError):  # this process has not seen the PBX yet; the status tells how it is
                await parts.lookup.listing(Query(count=1), patience=PATIENCE)
            _print_lines(console, status_texts.status(await parts.status()))


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


def _print_listing(console: Console, found: Found) -> None:
    _print_lines(console, [texts.heading(found) if found.rows else texts.nothing(found)])
    if found.stale is not None:
        _print_lines(console, [texts.stale(found.stale)], style="yellow")
    if found.rows:
        console.print(_table(found.rows, wide=console.width >= WIDE))


def _table(rows: Iterable[Recording], *, wide: bool) -> Table:
    """Names fold where there is no room for them; numbers, times and lengths stay whole."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
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
        facts.length(recording.length) if recording.length else "",
    )


def _print_one(console: Console, found: FoundOne) -> None:
    if found.stale is not None:
        _print_lines(console, [texts.stale(found.stale)], style="yellow")
    recording = found.recording
    names = ("number", "time", "direction", "caller", "callee", "length")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name, cell in zip(names, _cells(recording, wide=True), strict=True):
        table.add_row(name, Text(cell))
    table.add_row("size", Text(facts.size(recording.size) if recording.size > 0 else ""))
    table.add_row("file", Text(clean(recording.file), overflow="fold"))
    table.add_row("call", Text(clean(recording.uid), overflow="fold"))
    console.print(table)


def _print_lines(console: Console, lines: Iterable[Line], style: str = "") -> None:
    for line in lines:
        console.print(Text("".join(map(_as_text, line)), style))


def _as_text(span: Span) -> str:
    match span:
        case Moment(at):
            return _when(at)
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
    glyph = facts.GLYPHS[recording.direction]
    return f"{glyph} {recording.direction}" if wide else glyph


def _party(party: Party) -> str:
    return f"{clean(party.name)} {clean(party.number)}".strip() or facts.NOBODY
