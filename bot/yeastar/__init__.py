"""A client for the Open API of Yeastar P-Series PBXs: recordings, their downloads, and the PBX's own facts.

`open_pbx` opens a `PbxClient`; every method of it answers with values of `bot.domain` or of this package, and raises
only errors below `bot.errors.PbxError`. Nothing here knows Slack or the archive.
"""

from bot.yeastar.client import PbxClient
from bot.yeastar.door import open_pbx
from bot.yeastar.seal import TokenStore
from bot.yeastar.wire import Download, Information

__all__ = ["Download", "Information", "PbxClient", "TokenStore", "open_pbx"]
