"""Every error the bot raises on purpose, as one tree, cut by what the caller can do.

BotError
├── SettingsError             the environment is wrong: mend it and start again; names every fault at once
├── QueryError                the user's words cannot be read: points at the word, offers the nearest right one
├── PbxError                  carries the PBX's errcode and errmsg, and what the vendor means by them
│   ├── PbxUnreachable        no answer in time: try again later
│   │   └── PbxUntrusted      its certificate is not one we trust: carries the fingerprint to pin
│   ├── PbxLoginRefused       wrong client id or secret: never retried, each try counts towards a block
│   ├── PbxAddressBlocked     the PBX does not take calls from this address
│   ├── PbxForbidden          the application lacks the permission
│   ├── PbxNotFound           no such recording
│   ├── PbxRefused            any other errcode: an answer that says no
│   └── PbxNotUnderstood      an answer in a shape we do not know
├── SlackError                carries Slack's own error name
│   ├── SlackBusy             not done; try again after `.retry_after`
│   ├── SlackUnreachable      surely not done: try again later
│   ├── SlackOutcomeUnknown   perhaps done: look before you try again
│   ├── ChannelClosed         this channel does not take our posts
│   ├── MessageRefused        Slack does not take this message: our fault
│   └── SlackLoginRefused     a token is wrong or revoked
│       └── SlackScopeMissing it is right, and lacks a scope
└── ArchiveError              the database cannot be read or written now
"""

from datetime import timedelta


class BotError(Exception):
    """Anything that went wrong in a way we know. `str()` is one sentence for people."""


class SettingsError(BotError):
    """The settings cannot be used. `problems` holds a line for each, with the setting's name and an example."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class QueryError(BotError):
    """Words after `/recordings` that cannot be read.

    `word` is the offending word as typed and `position` its start and end, in characters from 0;
    `nearest` is the whole line with that word put right, or None when nothing is near.
    """

    def __init__(self, message: str, *, word: str, position: tuple[int, int], nearest: str | None = None) -> None:
        super().__init__(message)
        self.word = word
        self.position = position
        self.nearest = nearest


class PbxError(BotError):
    """The PBX did not do what was asked.

    `errcode` and `errmsg` are its own (None and "" where it gave none), `meaning` is what the vendor's
    page "Error Code and Error Message" says of the code, in our words.
    """

    def __init__(self, message: str, *, errcode: int | None = None, errmsg: str = "", meaning: str = "") -> None:
        super().__init__(message)
        self.errcode = errcode
        self.errmsg = errmsg
        self.meaning = meaning


class PbxUnreachable(PbxError):
    """No answer, or none in time."""


class PbxUntrusted(PbxUnreachable):
    """The PBX shows a certificate that we do not trust.

    `fingerprint` is the certificate's SHA-256 as colon-separated hex, or None when it could not be read.
    """

    def __init__(self, message: str, *, fingerprint: str | None) -> None:
        super().__init__(message)
        self.fingerprint = fingerprint


class PbxLoginRefused(PbxError):
    """The PBX does not take the client id and secret."""


class PbxAddressBlocked(PbxError):
    """The PBX refuses this machine's address: 70004 after five bad logins, 70087 when it is not allowed.

    `retry_after` is how long the block lasts, if the PBX returns it.
    """

    def __init__(
        self,
        message: str,
        *,
        errcode: int | None = None,
        errmsg: str = "",
        meaning: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message, errcode=errcode, errmsg=errmsg, meaning=meaning)
        self.retry_after = retry_after


class PbxForbidden(PbxError):
    """The application may not do that (10005)."""


class PbxNotFound(PbxError):
    """The PBX has no such thing (60001)."""


class PbxRefused(PbxError):
    """Any other errcode that is not 0."""


class PbxNotUnderstood(PbxError):
    """An answer that is not the envelope the vendor documents: HTML, cut-off JSON, another shape."""


class SlackError(BotError):
    """Slack did not do what was asked. `code` is Slack's error name, such as `channel_not_found`."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class SlackBusy(SlackError):
    """Slack limits us and did nothing: wait `retry_after`."""

    def __init__(self, message: str, *, code: str = "ratelimited", retry_after: timedelta) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class SlackUnreachable(SlackError):
    """Slack was not reached, or said itself that it did nothing."""


class SlackOutcomeUnknown(SlackError):
    """The request may have been carried out: a time-out, a cut connection, an internal error.

    `settle` is how long it may still be under way at Slack's end.
    """

    def __init__(self, message: str, *, code: str = "", settle: timedelta = timedelta(seconds=2)) -> None:
        super().__init__(message, code=code)
        self.settle = settle


class ChannelClosed(SlackError):
    """Archived, deleted, read-only, or the bot is not in it."""


class MessageRefused(SlackError):
    """Slack does not take the message as it is built."""


class SlackLoginRefused(SlackError):
    """The token is wrong or revoked."""


class SlackScopeMissing(SlackLoginRefused):
    """The token is right, and may not do that: a scope is missing."""


class ArchiveError(BotError):
    """The database cannot be used: locked for too long, disk full, not writable."""
