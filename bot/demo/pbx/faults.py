"""Faults of the PBX stand-in, which can be changed while it runs. A change applies to the next request."""

from collections.abc import Container
from dataclasses import dataclass, fields
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Faults:
    """All faults, off by default. Where the vendor documents nothing, the default is the strictest behaviour."""

    only: str = ""
    """When set, the connection faults below apply only to paths with this ending, such as `recording/list`."""

    down: bool = False
    """Close the connection without an answer."""
    hang_seconds: float = 0
    """Time to wait before each answer; the wait ends early when the server stops."""
    slow_seconds: float = 0
    """Time between the two halves of the body; the head and the first half are sent at once."""
    html_502: bool = False
    """Answer with status 502 and an HTML page, like a gateway that cannot reach the PBX."""
    cut_json: bool = False
    """Send half of the JSON as if it were the whole body."""
    drop_every: int = 0
    """Cut the connection in the middle of every n-th answer, after the request has been executed."""

    refuse_user_agentless: bool = True
    """Answer 10005 to a call without a `User-Agent`. The vendor requires the header, but documents no error for it."""
    allowed_addresses: Container[str] | None = None
    """Addresses that may call; others get 70087. None allows all."""
    bad_login_errcode: int = 20002
    """Error code for a failed login. Not documented; 1 and 20002 were seen in clients."""
    keep_old_access: bool = False
    """After a refresh, keep the old access token valid until it expires."""

    errcode: int = 0
    """Answer every list and search of recordings with this code."""
    deny_listing: bool = False
    """Answer 10005 to list, search and download: the application may not see recordings."""
    deny_extensions: bool = False
    """Answer 10005 to the list of extensions: the application may not see them."""
    old_firmware: bool = False
    """Answer 10001 to `recording/search`, which old firmware does not have."""
    no_formats: bool = False
    """Omit the date format, the time format and the timestamp from `system/information`."""

    bad_row: Literal["", "number", "null", "no id"] = ""
    """Error in the middle row of each page: it is not an object, or it has no id."""
    lying_total: int = 0
    """Number added to `total_number`, which is never below 0."""
    past_the_end: Literal["empty", "null", "absent", "60001"] = "empty"
    """Value of `data` on a page without rows; with 60001 the whole answer is that error."""
    data_null: bool = False
    """Set `data` to null on every page."""
    page_size_cap: int = 10_000
    """Maximum rows per page, whatever `page_size` is; 10,000 is documented for call records only."""
    keep_empty_fields: bool = False
    """Send empty fields as `""`; the PBX leaves them out."""
    insert_between_pages: int = 0
    """Number of new calls to list after each page."""
    delete_between_pages: int = 0
    """Number of the oldest recordings to delete after each page."""

    missing_file: Literal["", "60001", "no url"] = ""
    """Answer for a listed recording without a file: an error, or SUCCESS without a `download_resource_url`."""
    dead_link: Literal["404", "10004"] = "404"
    """Answer to a link that is unknown or older than 30 minutes: a 404 page, or JSON with status 200."""
    audio_as_json: bool = False
    """Answer a link with an error in JSON instead of audio."""
    cut_audio: bool = False
    """Cut the connection half-way through the audio."""

    def touches(self, path: str) -> bool:
        """Return whether the connection faults apply to this path."""
        return path.endswith(self.only)

    def heal(self) -> None:
        """Set every fault back to its default."""
        for field in fields(self):
            setattr(self, field.name, field.default)
