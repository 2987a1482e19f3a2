"""The person who makes a request, and which recordings they may see."""

from dataclasses import dataclass
from datetime import UTC, tzinfo

from bot.domain.matching import matches
from bot.domain.query import Query
from bot.domain.recording import Recording


@dataclass(frozen=True, slots=True)
class Everything:
    """Every recording."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The recordings that match at least one of these queries; none without a query."""

    queries: tuple[Query, ...] = ()


Scope = Everything | AnyOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The person who makes a request. Every read of recordings takes one, so that no query runs without a scope."""

    scope: Scope
    user: str = ""
    """Slack's user id; empty in the terminal."""
    workspace: str = ""
    """Slack's team id."""
    zone: tzinfo = UTC
    """The time zone for days and hours in their queries."""
    extension: str = ""
    """The person's extension on the PBX; empty if unknown."""


SYSTEM = Asker(scope=Everything())
"""The bot itself, and users of its command line. They see every recording."""


def is_in_scope(recording: Recording, scope: Scope, *, region: str | None = None) -> bool:
    """Return whether a recording is in a scope. The archive's SQL is tested against this function."""
    if isinstance(scope, Everything):
        return True
    return any(matches(query, recording, region=region) for query in scope.queries)
