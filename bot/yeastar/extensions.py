"""extension/list: every page of it, as `Extension`s.

Source: P-Series developer guide, "Query Extension List"; that a page holds fewer rows than there are, from a live PBX.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.extension import Extension
from bot.errors import PbxNotUnderstood
from bot.yeastar.rows import number, text

MOST_PAGES = 200
"""An end to a list that has none: 20,000 extensions, several times what the largest model has."""


@dataclass(frozen=True, slots=True)
class ExtensionPage:
    """One page."""

    rows: tuple[Extension, ...] = ()
    """Those with a number."""
    read: int = 0
    """How many rows the page had, with or without one."""
    total: int | None = None
    """None when the PBX does not tell."""


def read_extensions(answer: Mapping[str, Any], *, asked: str) -> ExtensionPage:
    """One page; `data` may be null or absent: then there is none. Raises PbxNotUnderstood when it is no list."""
    data = answer.get("data")
    if data is None:
        data = []
    if not isinstance(data, list):
        raise PbxNotUnderstood(f"The PBX answers {asked} with data that is not a list.")
    rows = tuple(_extension(row) for row in data if isinstance(row, dict) and text(row, "number"))
    return ExtensionPage(rows, len(data), number(answer.get("total_number")))


async def every_extension(page_of: Callable[[int], Awaitable[ExtensionPage]]) -> tuple[Extension, ...]:
    """Every extension once, page by page from 1.

    The end is an empty page, one that repeats what was seen, or as many rows as the PBX says it has: it may give out
    fewer a page than asked for. Raises what `page_of` raises.
    """
    found: dict[str, Extension] = {}
    rows = 0
    for page in range(1, MOST_PAGES + 1):
        here = await page_of(page)
        fresh = {one.number: one for one in here.rows if one.number not in found}
        found |= fresh
        rows += here.read
        if not fresh or (here.total is not None and rows >= here.total):
            break
    return tuple(found.values())


def _extension(row: Mapping[str, Any]) -> Extension:
    return Extension(
        number=text(row, "number"),
        name=text(row, "caller_id_name"),
        email=text(row, "email_addr"),
        mobile=text(row, "mobile_number"),
    )
