"""A stand-in for a Yeastar P-Series PBX: its Open API as documented, quirks and faults included."""

from bot.demo.pbx.stand_in import CLIENT_ID, CLIENT_SECRET, PbxStandIn, utc_now

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "PbxStandIn", "utc_now"]
