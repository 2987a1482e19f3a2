from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from bot.demo.pbx.downloads import Downloads
from bot.demo.pbx.faults import Faults
from bot.demo.pbx.rows import Container, Display, Setup, vendor_rows
from bot.demo.pbx.store import RecordingStore
from bot.demo.pbx.wire import Refusal

FILE = "20220112173629-1641980184.14-5566-5556-Internal.wav"


class Pbx:
    """Downloads with everything they stand on."""

    def __init__(self, container: Container = "wav") -> None:
        self.now = datetime(2026, 3, 4, 12, tzinfo=UTC)
        self.faults = Faults()
        self.store = RecordingStore()
        self.store.fill(vendor_rows())
        setup = Setup(Display(ZoneInfo("Asia/Shanghai"), "MM/DD/YYYY"), "seed", container)
        self.downloads = Downloads(self.store, setup, self.faults, clock=lambda: self.now)

    def link(self, **params: object) -> str:
        url = self.downloads.link({name: str(value) for name, value in params.items()})["download_resource_url"]
        assert isinstance(url, str)
        return url

    def refusal(self, **params: object) -> int:
        with pytest.raises(Refusal) as caught:
            self.link(**params)
        return caught.value.errcode


@pytest.mark.parametrize("params", [{"id": "614"}, {"file": FILE}], ids=["by id", "by file"])
def test_a_link_and_the_sound_behind_it(params: dict[str, str]) -> None:
    pbx = Pbx()
    told = pbx.downloads.link(params)
    assert told["file"] == FILE
    assert told["download_resource_url"].startswith("/api/download/Recording-X.7.0.6-1-download-20260304200000-")
    answer = pbx.downloads.file(told["download_resource_url"])
    assert (answer.content_type, len(answer.body), answer.body[:4]) == ("audio/wav", 825_588, b"RIFF")


@pytest.mark.parametrize(
    ("params", "errcode"),
    [
        pytest.param({}, 40002, id="neither id nor file"),
        pytest.param({"id": "x"}, 40002, id="an id that is none"),
        pytest.param({"recording_id": 614}, 40002, id="a parameter people make up"),
        pytest.param({"id": 616}, 60001, id="an unknown id"),
        pytest.param({"file": FILE.replace("5566", "5567")}, 60001, id="a file of that call with another number"),
        pytest.param({"file": "x.wav"}, 60001, id="a file of no call"),
    ],
)
def test_what_cannot_be_downloaded(params: dict[str, object], errcode: int) -> None:
    assert Pbx().refusal(**params) == errcode


def test_a_link_works_for_thirty_minutes() -> None:
    pbx = Pbx()
    url = pbx.link(id=614)
    pbx.now += timedelta(minutes=29, seconds=59)
    assert pbx.downloads.file(url).status == 200
    pbx.now += timedelta(seconds=1)
    assert pbx.downloads.file(url).status == 404


def test_a_dead_link_may_answer_in_json() -> None:
    pbx = Pbx()
    pbx.faults.dead_link = "10004"
    with pytest.raises(Refusal) as caught:
        pbx.downloads.file("/api/download/nothing.wav")
    assert caught.value.errcode == 10004


def test_a_recording_deleted_after_its_link_was_given_is_gone() -> None:
    pbx = Pbx()
    url = pbx.link(id=614)
    pbx.store.delete([614])
    assert pbx.downloads.file(url).status == 404


def test_a_file_can_be_missing() -> None:
    pbx = Pbx()
    pbx.faults.missing_file = "60001"
    assert pbx.refusal(id=614) == 60001
    pbx.faults.missing_file = "no url"
    assert pbx.downloads.link({"id": "614"}) == {"file": FILE}


def test_downloads_are_denied_with_the_listing() -> None:
    pbx = Pbx()
    pbx.faults.deny_listing = True
    assert pbx.refusal(id=614) == 10005


def test_json_can_come_in_place_of_sound() -> None:
    pbx = Pbx()
    url = pbx.link(id=614)
    pbx.faults.audio_as_json = True
    with pytest.raises(Refusal) as caught:
        pbx.downloads.file(url)
    assert caught.value.errcode == -1


@pytest.mark.parametrize(
    ("container", "second"),
    [pytest.param("mp3", 70082, id="mp3: one at a time"), pytest.param("wav", None, id="wav: as many as you like")],
)
def test_a_second_download_while_the_first_is_sent(container: Literal["mp3", "wav"], second: int | None) -> None:
    pbx = Pbx(container)
    url = pbx.link(id=615)
    first = pbx.downloads.file(url)
    if second:
        assert pbx.refusal(id=618) == second
        with pytest.raises(Refusal):
            pbx.downloads.file(url)
    first.sent()
    assert pbx.downloads.file(url).content_type == {"mp3": "audio/mpeg", "wav": "audio/wav"}[container]
