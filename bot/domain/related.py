"""Queries for other calls with the parties of a recording."""

from bot.domain.number import LEAST_NATIONAL, compact
from bot.domain.query import Query, Term
from bot.domain.recording import Direction, Party, Recording


def outsiders(recording: Recording) -> tuple[Party, ...]:
    """Return the parties outside the company. If the direction is unknown, these are the ones with a long number."""
    match recording.direction:
        case Direction.INBOUND:
            return (recording.caller,)
        case Direction.OUTBOUND:
            return (recording.callee,)
        case Direction.INTERNAL:
            return ()
    parties = (recording.caller, recording.callee)
    return tuple(party for party in parties if len(compact(party.number)) >= LEAST_NATIONAL)


def calls_with(party: Party) -> Query | None:
    """Return the query for all calls with a party; None if it has neither number nor name."""
    term = _term(party)
    return Query(parties=(term,)) if term else None


def calls_between(recording: Recording) -> Query | None:
    """Return the query for all calls between the two parties in both directions; None if one of them is unknown."""
    caller, callee = _term(recording.caller), _term(recording.callee)
    return Query(callers=(caller, callee), callees=(caller, callee)) if caller and callee else None


def _term(party: Party) -> Term | None:
    text = compact(party.number) or party.name
    return Term(text) if text else None
