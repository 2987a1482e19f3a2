"""A token with its times. A value: what the session holds and the seal keeps."""

from dataclasses import dataclass
from datetime import datetime

from bot.yeastar.secrecy import Secret
from bot.yeastar.wire import Tokens

RENEW_AFTER = 5 / 6
"""The part of its life after which a token is renewed: 25 of 30 minutes."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to ask the PBX, from get_token or refresh_token. Times are aware, UTC."""

    access: Secret
    refresh: Secret | None
    renew_at: datetime
    ends_at: datetime
    refresh_until: datetime

    @classmethod
    def of(cls, tokens: Tokens, *, now: datetime) -> "Grant":
        """Tokens that were asked for at `now`."""
        return cls(
            access=tokens.access,
            refresh=tokens.refresh,
            renew_at=now + tokens.access_life * RENEW_AFTER,
            ends_at=now + tokens.access_life,
            refresh_until=now + tokens.refresh_life,
        )
