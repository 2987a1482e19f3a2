"""`recording/download` of the PBX stand-in: it returns a link, and the link returns the audio file.

Source: P-Series developer guide, "Download a Recording File". A link is valid for 30 minutes and needs the access token
too.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.demo.pbx.faults import Faults
from bot.demo.pbx.rows import Row, Setup
from bot.demo.pbx.store import RecordingStore
from bot.demo.pbx.wire import Answer, Refusal, bad_parameter, page

FOLDER = "/api/download/"
LINK_LIFE = timedelta(minutes=30)
CONTENT_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


@dataclass(frozen=True, slots=True)
class Link:
    """A temporary link to one recording's file."""

    row: Row
    until: datetime


class Downloads:
    """The valid download links. Only one MP3 file is sent at a time; other requests meanwhile get 70082."""

    def __init__(self, store: RecordingStore, setup: Setup, faults: Faults, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._setup = setup
        self._faults = faults
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._sending_mp3 = False

    def link(self, params: Mapping[str, str]) -> dict[str, Any]:
        """Return the file's name and its download link, for an `id` or a `file`.

        Raises Refusal: 40002 if both parameters are missing or the id is malformed, 60001 for an unknown recording,
        70082 while an MP3 file is being sent, 10005 when `Faults.deny_listing` is set.
        """
        if self._faults.deny_listing:
            raise Refusal(10005)
        self._check_turn()
        row = self._wanted(params)
        if row is None or self._faults.missing_file == "60001":
            raise Refusal(60001)
        told = {"file": self._setup.file(row)}
        return told if self._faults.missing_file else told | {"download_resource_url": self._new_link(row)}

    def file(self, path: str) -> Answer:
        """Return the audio file of a link. Raises Refusal 70082, or as `Faults` sets."""
        link = self._links.get(path)
        if link is None or link.until <= self._clock() or not self._is_held(link.row):
            return self._dead()
        if self._faults.audio_as_json:
            raise Refusal(-1)
        self._check_turn()
        self._sending_mp3 = self._setup.container == "mp3"
        return Answer(
            body=self._setup.sound(link.row),
            content_type=CONTENT_TYPES[self._setup.container],
            cut=self._faults.cut_audio,
            sent=self._turn_over,
        )

    def _is_held(self, row: Row) -> bool:
        """Return whether its id still belongs to the same recording; other fields of the row may have changed."""
        held = self._store.with_id(row.id)
        return held is not None and held.call == row.call

    def _wanted(self, params: Mapping[str, str]) -> Row | None:
        if text := params.get("id"):
            if not (text.isascii() and text.isdigit()):
                raise bad_parameter("id", text)
            return self._store.with_id(int(text))
        if name := params.get("file"):
            return next((row for row in self._store.like_file(name) if self._setup.file(row) == name), None)
        raise bad_parameter("id", "")

    def _new_link(self, row: Row) -> str:
        """Create a link and return its path at the root of the host.

        Example: `/api/download/Recording-X.7.0.6-1-download-20220412175901-M8zB66xYUNTNMr2D.wav`.
        """
        now = self._clock()
        self._links = {path: link for path, link in self._links.items() if link.until > now}
        name = f"Recording-X.7.0.6-1-download-{self._setup.display.stamp(now)}-{secrets.token_hex(8)}"
        path = f"{FOLDER}{name}.{self._setup.container}"
        self._links[path] = Link(row, now + LINK_LIFE)
        return path

    def _dead(self) -> Answer:
        if self._faults.dead_link == "10004":
            raise Refusal(10004)
        return page(404, "Not Found")

    def _check_turn(self) -> None:
        if self._sending_mp3:
            raise Refusal(70082)

    def _turn_over(self) -> None:
        self._sending_mp3 = False
