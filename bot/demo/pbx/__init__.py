"""A stand-in for a Yeastar P-Series PBX: its documented Open API, with quirks and faults."""

from bot.demo.pbx.stand_in import CLIENT_ID, CLIENT_SECRET, PbxStandIn, utc_now

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "PbxStandIn", "utc_now"]
