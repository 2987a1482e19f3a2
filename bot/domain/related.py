"""What one asks when one has found a call: the others with the same people."""

from bot.domain.number import LEAST_NATIONAL, compact
from bot.domain.query import Query, Term
from bot.domain.recording import Direction, Party, Recording


def outsiders(recording: Recording) -> tuple[Party, ...]:
    """The parties that are not of the company; where the direction is not told, those with a long number."""
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
    """All calls with somebody, by number where it is told; None where nothing tells who it is."""
    who = _term(party)
    return Query(parties=(who,)) if who else None


def calls_between(recording: Recording) -> Query | None:
    """All calls between the two parties, whoever called; None where one of them is not known."""
    one, other = _term(recording.caller), _term(recording.callee)
    return Query(callers=(one, other), callees=(one, other)) if one and other else None


def _term(party: Party) -> Term | None:
    told = compact(party.number) or party.name
    return Term(told) if told else None
