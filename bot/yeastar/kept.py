"""The token that outlives the process, sealed in a store that may fail."""

import structlog

from bot.yeastar.grant import Grant
from bot.yeastar.seal import Seal, TokenStore

log = structlog.get_logger(__name__)


class Kept:
    """Loads and saves the grant. A store that fails is logged and never stops the client."""

    def __init__(self, store: TokenStore | None, seal: Seal) -> None:
        self._store = store
        self._seal = seal

    async def load(self) -> Grant | None:
        """The grant kept last, by this process or another; None when there is none that opens."""
        if self._store is None:
            return None
        try:
            sealed = await self._store.load()
        except Exception:
            log.exception("pbx_token_not_loaded")
            return None
        return None if sealed is None else self._seal.open(sealed)

    async def save(self, grant: Grant) -> None:
        """Keep this grant."""
        await self._write(self._seal.close(grant))

    async def forget(self, grant: Grant) -> None:
        """Keep nothing, unless another process has kept a newer grant meanwhile."""
        if await self.load() == grant:
            await self._write(None)

    async def _write(self, sealed: bytes | None) -> None:
        if self._store is None:
            return
        try:
            await self._store.save(sealed)
        except Exception:
            log.exception("pbx_token_not_saved")
