"""What is wrong and what to do about it, for each error of the bot and each error name of Slack."""

from typing import NamedTuple

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
from bot.text.lines import Line, Words

TRY_AGAIN = "Please try again in a minute."
TELL_ADMIN = "Please tell whoever looks after the PBX."
REINSTALL = "install the app again from `python -m bot manifest`"


class Remedy(NamedTuple):
    """What to say about an error: an action to an administrator, a problem and an action to other people."""

    error: type[BotError]
    admin_action: str
    problem: str = "That went wrong, and it is my fault, not yours."
    action: str = "Please try again."


class SlackProblem(NamedTuple):
    """What to say about an error name of Slack: why the bot cannot post in a channel, and what people can do.

    `admin_action` is for the log. The names of errors that stop no channel have only that. We never post in threads.
    """

    problem: str = ""
    action: Line = ()
    admin_action: str = ""


REMEDIES = (
    Remedy(
        PbxUntrusted,
        "name its authority in PBX_CA_FILE, or its fingerprint in PBX_CERT_SHA256",
        "I do not trust the certificate that the PBX shows, so I asked it nothing.",
        TELL_ADMIN,
    ),
    Remedy(
        PbxUnreachable,
        "check YEASTAR_BASE_URL, the network and the PBX's firewall",
        "The PBX does not answer just now.",
        TRY_AGAIN,
    ),
    Remedy(
        PbxLoginRefused,
        "copy YEASTAR_CLIENT_ID and YEASTAR_CLIENT_SECRET from Integrations > API on the PBX",
        "The PBX does not accept my login.",
        TELL_ADMIN,
    ),
    Remedy(
        PbxAddressBlocked,
        "allow this address under Integrations > API; lift a block under Security > Blocked IPs",
        "The PBX has blocked me.",
        TELL_ADMIN,
    ),
    Remedy(
        PbxForbidden,
        "give the application the permission for call recordings under Integrations > API",
        "The PBX does not allow me to read recordings.",
        TELL_ADMIN,
    ),
    Remedy(
        PbxNotFound,
        "`latest` lists what there is",
        "The PBX does not have this recording any more.",
        "Its file may have been cleaned up.",
    ),
    Remedy(
        PbxNotUnderstood,
        "check that YEASTAR_BASE_URL names the PBX's web port, as in https://192.168.5.150:8088",
        "The PBX gave an answer that I do not understand, perhaps after an update.",
        TELL_ADMIN,
    ),
    Remedy(
        PbxError,
        "see Integrations > API on the PBX, or try again later",
        "The PBX refused to answer this.",
        TRY_AGAIN,
    ),
    Remedy(SlackLoginRefused, REINSTALL),
    Remedy(SlackBusy, "try again in a minute"),
    Remedy(SlackError, "check the network, and SLACK_API_URL if it is set"),
    Remedy(BotError, "try again in a minute"),
)
"""The first row that fits counts: a narrower error stands before a wider one."""

INVITE = Words("/invite @Recordings", "code")
MANIFEST = Words("python -m bot manifest", "code")
OTHER_CHANNEL = "or name another channel in the settings."
ASK_OWNER: Line = ("Ask an owner of the workspace to let me post there, ", OTHER_CHANNEL)
SLACK_PROBLEMS = {
    "access_denied": SlackProblem("Slack does not let me in.", ASK_OWNER),
    "account_inactive": SlackProblem(admin_action="install the app again and set SLACK_BOT_TOKEN"),
    "channel_not_found": SlackProblem(
        "It was deleted, or it is private and I am not in it.",
        ("Type ", INVITE, " there, ", OTHER_CHANNEL),
        "invite the bot there, or correct the channel",
    ),
    "ekm_access_denied": SlackProblem(
        "An administrator has suspended posting, by the workspace's own encryption keys.",
        ("Ask an owner of the workspace to allow it again.",),
    ),
    "external_channel_migrating": SlackProblem("Slack is moving it to another workspace.", ("Nothing needs doing.",)),
    "invalid_auth": SlackProblem(admin_action="check SLACK_BOT_TOKEN"),
    "is_archived": SlackProblem("It is archived.", ("Bring it back, ", OTHER_CHANNEL), "the channel is archived"),
    "messages_tab_disabled": SlackProblem(
        "Direct messages to me are switched off.",
        ("Switch the Messages Tab on under App Home in the app's settings.",),
    ),
    "missing_scope": SlackProblem(
        "I lack a permission.",
        ("Install the app again from ", MANIFEST, "."),
        "install the app again from the manifest",
    ),
    "no_permission": SlackProblem(
        "I lack a permission, or I am not in it.",
        ("Type ", INVITE, " there. If that is not it, install the app again from ", MANIFEST, "."),
    ),
    "not_in_channel": SlackProblem("I am not in it.", ("Type ", INVITE, " there."), "invite the bot there"),
    "posting_to_channel_denied": SlackProblem("It is not open to apps.", ASK_OWNER),
    "restricted_action": SlackProblem("Only some people may post there.", ASK_OWNER),
    "restricted_action_read_only_channel": SlackProblem("It is read-only.", ASK_OWNER),
    "restricted_action_thread_only_channel": SlackProblem("It takes replies in threads alone.", ASK_OWNER),
    "token_revoked": SlackProblem(admin_action="install the app again and set SLACK_BOT_TOKEN"),
}
"""By Slack's error name. Source: its method page "chat.postMessage", Errors."""


def remedy_for(error: BotError) -> Remedy:
    """Return the row of the narrowest class that the error belongs to."""
    return next(remedy for remedy in REMEDIES if isinstance(error, remedy.error))


def explain_to_admin(error: BotError) -> tuple[str, str]:
    """Return what is wrong, in a few words, and what an administrator can do about it."""
    action = remedy_for(error).admin_action
    match error:
        case PbxUntrusted(fingerprint=str()):  # its message names the fingerprint and the setting
            problem, _, advice = str(error).partition(". ")
            return problem, advice.rstrip(".")
        case PbxError(meaning=meaning, errcode=code, errmsg=errmsg) if meaning:
            problem = meaning if isinstance(error, PbxRefused) else meaning.partition(":")[0]
            return f"{problem} ({f'{code} {errmsg}'.strip()})", action
        case SlackError(code=name) if name:
            return f"Slack says {name}", action
    return str(error).partition(". ")[0].rstrip("."), action
