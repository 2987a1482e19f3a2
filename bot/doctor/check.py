"""One line of the doctor's, and what to do about each error."""

from dataclasses import dataclass

from bot.errors import (
    BotError,
    PbxAddressBlocked,
    PbxError,
    PbxForbidden,
    PbxLoginRefused,
    PbxNotFound,
    PbxNotUnderstood,
    PbxRefused,
    PbxUnreachable,
    PbxUntrusted,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
)

REINSTALL = "install the app again from `python -m bot manifest`"
REMEDIES: tuple[tuple[type[BotError], str], ...] = (
    (PbxUntrusted, "name its authority in PBX_CA_FILE, or its fingerprint in PBX_CERT_SHA256"),
    (PbxUnreachable, "check YEASTAR_BASE_URL, the network and the PBX's firewall"),
    (PbxLoginRefused, "copy YEASTAR_CLIENT_ID and YEASTAR_CLIENT_SECRET from Integrations > API on the PBX"),
    (PbxAddressBlocked, "allow this address under Integrations > API; lift a block under Security > Blocked IPs"),
    (PbxForbidden, "give the application the permission for call recordings under Integrations > API"),
    (PbxNotFound, "`latest` lists what there is"),
    (PbxNotUnderstood, "check that YEASTAR_BASE_URL names the PBX's web port, as in https://192.168.5.150:8088"),
    (PbxRefused, "see Integrations > API on the PBX, or try again later"),
    (SlackLoginRefused, REINSTALL),
    (SlackBusy, "try again in a minute"),
    (SlackError, "check the network, and SLACK_API_URL if it is set"),
    (BotError, "try again in a minute"),
)
"""What to do. The narrower error stands before the wider one."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy` is empty when all is well."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


def explain(error: BotError) -> tuple[str, str]:
    """What is wrong, in a few words, and what to do about it."""
    remedy = next(remedy for kind, remedy in REMEDIES if isinstance(error, kind))
    match error:
        case PbxUntrusted(fingerprint=str()):  # its own words name the fingerprint and the setting
            wrong, _, advice = str(error).partition(". ")
            return wrong, advice.rstrip(".")
        case PbxError(meaning=meaning, errcode=code, errmsg=told) if meaning:
            wrong = meaning if isinstance(error, PbxRefused) else meaning.partition(":")[0]
            return f"{wrong} ({f'{code} {told}'.strip()})", remedy
        case SlackError(code=code) if code:
            return f"Slack says {code}", remedy
    return str(error).partition(". ")[0].rstrip("."), remedy


def failed(name: str, error: BotError, *, refused: str = "", otherwise: str = "") -> Check:
    """The line for an error. `refused` is the remedy where Slack takes a token for wrong, `otherwise` any other one."""
    says, usual = explain(error)
    if isinstance(error, SlackLoginRefused):
        return Check(name, ok=False, says=says, remedy=refused or usual)
    return Check(name, ok=False, says=says, remedy=otherwise or usual)
