import asyncio
import json
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.demo.pbx.faults import Faults

API = "/openapi/v1.0/"
LOGIN = {"username": CLIENT_ID, "password": CLIENT_SECRET}


@asynccontextmanager
async def calling(pbx: PbxStandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is logged in over a real socket; whatever is set in its `params` is sent each time."""
    async with pbx.serve() as url, httpx.AsyncClient(base_url=url) as http:
        token = (await http.post(API + "get_token", json=LOGIN)).json()["access_token"]
        http.params = httpx.QueryParams(access_token=token)
        yield http


@pytest.fixture
def pbx() -> PbxStandIn:
    return PbxStandIn(calls=PbxStandIn.vendor_rows())


async def test_each_request_needs_a_connection_of_its_own(pbx: PbxStandIn) -> None:
    steps: list[str] = []

    async def trace(step: str, _: object) -> None:
        steps.append(step)

    async with calling(pbx) as http:
        for _ in range(3):
            answer = await http.get(API + "recording/list", extensions={"trace": trace})
            assert answer.json()["total_number"] == 3
    assert steps.count("connection.connect_tcp.complete") == 3


async def test_down_closes_without_a_word(pbx: PbxStandIn, caplog: pytest.LogCaptureFixture) -> None:
    async with calling(pbx) as http:
        pbx.faults.down = True
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await http.get(API + "recording/list")
        pbx.faults.heal()
        assert (await http.get(API + "recording/list")).status_code == 200
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


async def test_every_third_answer_is_cut_in_its_middle(pbx: PbxStandIn) -> None:
    async with calling(pbx) as http:
        pbx.faults.drop_every = 3
        pbx.app._answers = 0
        for _ in range(2):
            assert (await http.get(API + "recording/list")).json()["errcode"] == 0
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            await http.get(API + "recording/list")
        assert (await http.get(API + "recording/list")).json()["errcode"] == 0


async def test_half_of_the_json_sent_as_if_it_were_all(pbx: PbxStandIn) -> None:
    async with calling(pbx) as http:
        pbx.faults.cut_json = True
        answer = await http.get(API + "recording/list")
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()


async def test_a_gateway_answers_in_html(pbx: PbxStandIn) -> None:
    async with calling(pbx) as http:
        pbx.faults.html_502 = True
        answer = await http.get(API + "recording/list")
        assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
        assert "502 Bad Gateway" in answer.text


async def test_faults_can_meet_one_endpoint_only(pbx: PbxStandIn) -> None:
    async with calling(pbx) as http:
        pbx.faults.only, pbx.faults.html_502 = "recording/list", True
        assert (await http.get(API + "recording/list")).status_code == 502
        assert (await http.get(API + "system/information")).status_code == 200


async def test_sound_cut_half_way(pbx: PbxStandIn) -> None:
    async with calling(pbx) as http:
        url = (await http.get(API + "recording/download", params={"id": 618})).json()["download_resource_url"]
        pbx.faults.cut_audio = True
        with pytest.raises(httpx.RemoteProtocolError, match=r"received 88794 bytes, expected 177588"):
            await http.get(url)


async def test_a_slow_answer_begins_at_once(pbx: PbxStandIn) -> None:
    async with calling(pbx) as http:
        pbx.faults.slow_seconds = 60
        async with http.stream("GET", API + "recording/list") as answer:
            first = await anext(answer.aiter_bytes())
            assert len(first) == int(answer.headers["content-length"]) // 2


async def test_a_hang_ends_with_the_server(pbx: PbxStandIn) -> None:
    pbx.faults.hang_seconds = 60
    async with httpx.AsyncClient() as http:
        async with pbx.serve() as url:
            with pytest.raises(httpx.ReadTimeout):
                await http.get(url, timeout=0.05)
            waiting = asyncio.create_task(http.get(url))
            while pbx.count() < 2:
                await asyncio.sleep(0.001)
            began = monotonic()
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await waiting
    assert monotonic() - began < 2


async def test_a_short_hang_is_followed_by_the_answer(pbx: PbxStandIn) -> None:
    async with calling(pbx) as http:
        pbx.faults.hang_seconds = 0.005
        assert (await http.get(API + "recording/list")).json()["errcode"] == 0


async def test_one_mp3_is_sent_at_a_time() -> None:
    pbx = PbxStandIn(calls=PbxStandIn.vendor_rows(), container="mp3")
    async with calling(pbx) as http:
        url = (await http.get(API + "recording/download", params={"id": 614})).json()["download_resource_url"]
        pbx.faults.only, pbx.faults.slow_seconds = url, 60
        async with http.stream("GET", url) as answer:
            await anext(answer.aiter_bytes())
            second = await http.get(API + "recording/download", params={"id": 615})
            assert second.json() == {"errcode": 70082, "errmsg": "OVERLOAD_TASK_RUNNING"}


async def test_hanging_up_where_there_is_no_connection_raises(pbx: PbxStandIn) -> None:
    pbx.faults.down = True
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=pbx.app), base_url="http://pbx") as http:
        with pytest.raises(ConnectionResetError):
            await http.get(API + "recording/list")


async def test_it_can_be_served_again_on_the_same_port(pbx: PbxStandIn) -> None:
    async with pbx.serve() as url:
        port = httpx.URL(url).port or 0
    async with httpx.AsyncClient(base_url=url) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("/")
        async with pbx.serve(port=port):
            assert (await http.get(API + "recording/list")).json()["errcode"] == 10004


def test_healed_faults_are_as_new() -> None:
    faults = Faults(down=True, hang_seconds=3, only="recording/list", past_the_end="60001")
    faults.heal()
    assert faults == Faults()


async def test_a_process_of_its_own_tells_its_address_and_stops_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.demo.pbx", "--rows", "7", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient(base_url=url) as http:
        token = (await http.post(API + "get_token", json=LOGIN)).json()["access_token"]
        told = (await http.get(API + "recording/list", params={"access_token": token})).json()
    assert told["total_number"] == 7
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate as an appliance ships it: for UCCPBX, a name that nobody calls it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "UCCPBX")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("UCCPBX")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    folder = tmp_path_factory.mktemp("certificate")
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return folder / "cert.pem", folder / "key.pem"


async def test_https_with_a_certificate_that_matches_no_name(pbx: PbxStandIn, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    async with pbx.serve(ssl_certfile=str(cert), ssl_keyfile=str(key)) as url:
        assert url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(cert))
        async with httpx.AsyncClient(base_url=url, verify=trusting) as http:
            with pytest.raises(httpx.ConnectError, match="IP address mismatch"):
                await http.get(API + "recording/list")
        trusting.check_hostname = False
        async with httpx.AsyncClient(base_url=url, verify=trusting) as http:
            assert (await http.get(API + "recording/list")).json()["errcode"] == 10004
            pbx.faults.down = True
            with pytest.raises(httpx.RemoteProtocolError):
                await http.get(API + "recording/list")
