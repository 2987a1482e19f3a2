"""What the PBX stand-in does wrong, on demand. Change a field and the next request meets it."""

from collections.abc import Container
from dataclasses import dataclass, fields
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Faults:
    """Every fault, all off by default. Where the vendor documents nothing, the default is the strict reading."""

    only: str = ""
    """When set, the faults of the connection below meet only paths with this ending, such as `recording/list`."""

    down: bool = False
    """Close the connection without an answer."""
    hang_seconds: float = 0
    """Say nothing for so long, then answer; cut short when the server stops."""
    slow_seconds: float = 0
    """Send the head and half of the body at once, the rest so much later."""
    html_502: bool = False
    """A gateway stands in front and does not reach the PBX: status 502, an HTML page."""
    cut_json: bool = False
    """Half of the JSON, sent as if it were all of it."""
    drop_every: int = 0
    """Cut the connection in the middle of every n-th answer; the request has been carried out."""

    refuse_user_agentless: bool = True
    """The vendor wants a `User-Agent` on every call; what a missing one does is not documented: here 10005."""
    allowed_addresses: Container[str] | None = None
    """Addresses that may call, others get 70087; None allows all."""
    bad_login_errcode: int = 20002
    """Not documented; 1 and 20002 were seen in clients."""
    keep_old_access: bool = False
    """A refresh leaves the old access token alive until its time is over."""

    errcode: int = 0
    """Answer every list and search with this code."""
    deny_listing: bool = False
    """The application may not see recordings: 10005 to list, search and download."""
    deny_extensions: bool = False
    """The application may not see extensions: 10005 to their list."""
    old_firmware: bool = False
    """No `recording/search` yet: 10001."""
    no_formats: bool = False
    """`system/information` lacks the date format, the time format and the timestamp."""

    bad_row: Literal["", "number", "null", "no id"] = ""
    """The row in the middle of each page is no object, or has no id."""
    lying_total: int = 0
    """Added to `total_number`, which is never below 0."""
    past_the_end: Literal["empty", "null", "absent", "60001"] = "empty"
    """What `data` is on a page without rows; with 60001 the whole answer is that error."""
    data_null: bool = False
    """`data` is null on every page."""
    page_size_cap: int = 10_000
    """More rows are never sent, whatever `page_size` says; 10,000 is documented for call records only."""
    keep_empty_fields: bool = False
    """Send empty fields as `""`; the PBX leaves them out."""
    insert_between_pages: int = 0
    """So many new calls are listed after each page."""
    delete_between_pages: int = 0
    """So many of the oldest recordings are cleaned up after each page."""

    missing_file: Literal["", "60001", "no url"] = ""
    """The recording is listed but its file is gone: an error, or SUCCESS without a `download_resource_url`."""
    dead_link: Literal["404", "10004"] = "404"
    """What a link answers that is unknown or older than 30 minutes: a 404 page, or JSON with status 200."""
    audio_as_json: bool = False
    """The link answers with an error in JSON instead of sound."""
    cut_audio: bool = False
    """The connection is cut half-way through the sound."""

    def touches(self, path: str) -> bool:
        """Whether the faults of the connection meet this path."""
        return path.endswith(self.only)

    def heal(self) -> None:
        """Switch everything off again."""
        for field in fields(self):
            setattr(self, field.name, field.default)
