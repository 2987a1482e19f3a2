"""The token, sealed, as it is left for whoever runs next.

A process that is killed cannot revoke its token, and the PBX has room for 8 of them: its successor takes it up again.
What is kept is useless without the client secret.
"""

import base64
import json
from datetime import datetime
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.yeastar.grant import Grant
from bot.yeastar.secrecy import Secret

PURPOSE = b"recordings-bot pbx token v1"


class TokenStore(Protocol):
    """Where a sealed token is kept. Both may raise anything: the client goes on without."""

    async def load(self) -> bytes | None:
        """What was saved last, or None."""

    async def save(self, sealed: bytes | None) -> None:
        """Keep this in place of what was kept; None keeps nothing."""


class Seal:
    """Seals grants with a key made of client id and secret, for one PBX."""

    def __init__(self, client_id: str, client_secret: Secret, *, origin: str) -> None:
        info = b"\0".join([PURPOSE, origin.encode(), client_id.encode()])
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(client_secret.reveal().encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, grant: Grant) -> bytes:
        """The grant, sealed."""
        facts = {
            "access": grant.access.reveal(),
            "refresh": grant.refresh.reveal() if grant.refresh else None,
            "renew_at": grant.renew_at.isoformat(),
            "ends_at": grant.ends_at.isoformat(),
            "refresh_until": grant.refresh_until.isoformat(),
        }
        return self._fernet.encrypt(json.dumps(facts).encode())

    def open(self, sealed: bytes) -> Grant | None:
        """The grant, or None when it was sealed with another secret, for another PBX, or is broken."""
        try:
            facts = json.loads(self._fernet.decrypt(sealed))
            return Grant(
                access=Secret(facts["access"]),
                refresh=Secret(facts["refresh"]) if facts["refresh"] else None,
                renew_at=datetime.fromisoformat(facts["renew_at"]),
                ends_at=datetime.fromisoformat(facts["ends_at"]),
                refresh_until=datetime.fromisoformat(facts["refresh_until"]),
            )
        except (InvalidToken, ValueError, KeyError, TypeError):
            return None
