"""A client for the Open API of Yeastar P-Series PBXs: recordings, downloads, extensions and the PBX itself.

`open_pbx` opens a `PbxClient`. Its methods return values of `bot.domain` or of this package and raise only errors
below `bot.errors.PbxError`. Nothing here knows Slack or the archive.
"""

from bot.yeastar.client import PbxClient, open_pbx
from bot.yeastar.token import TokenStore
from bot.yeastar.wire import Download, Information

__all__ = ["Download", "Information", "PbxClient", "TokenStore", "open_pbx"]
