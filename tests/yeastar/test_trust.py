import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import PbxError, PbxRefused, PbxUntrusted, SettingsError
from bot.yeastar import open_pbx
from bot.yeastar.door import read_origin
from bot.yeastar.trust import read_fingerprint, trust, untrusted
from tests.certificates import Certificate, make_certificate

SAYS_NO = b'{"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}'


@dataclass
class Appliance:
    """A TLS server that refuses every request."""

    url: str
    heard: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "shipped.pem")


@asynccontextmanager
async def appliance(certificate: Certificate) -> AsyncIterator[Appliance]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path)
    there = Appliance("")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there.heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(SAYS_NO) + SAYS_NO)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # who does not trust us hangs up
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    there.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield there
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.01)  # lets connections that were hung up on end


async def outcome(url: str, *, ca_file: Path | None = None, cert_sha256: str | None = None) -> PbxError:
    options = open_pbx(url, client_id="i", client_secret="s", ca_file=ca_file, cert_sha256=cert_sha256)
    async with options as client:
        with pytest.raises(PbxError) as caught:
            await client.information()
    return caught.value


async def test_a_certificate_nobody_vouches_for_is_not_trusted(shipped: Certificate) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url)
    assert isinstance(error, PbxUntrusted)
    assert error.fingerprint == shipped.fingerprint
    assert f"PBX_CERT_SHA256={shipped.fingerprint}" in str(error)
    assert "PBX_CA_FILE" in str(error)
    assert "self-signed" in str(error)
    assert there.heard == [], "nothing is sent to who is not trusted"


@pytest.mark.parametrize("written", [str, str.lower, lambda text: text.replace(":", "")])
async def test_a_pinned_certificate_is_trusted_whatever_its_name(shipped: Certificate, written: type[str]) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url, cert_sha256=written(shipped.fingerprint))
    assert type(error) is PbxRefused
    assert len(there.heard) == 1


async def test_another_certificate_than_the_pinned_one_is_not_trusted(shipped: Certificate) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url, cert_sha256="AB" * 32)
    assert isinstance(error, PbxUntrusted)
    assert error.fingerprint == shipped.fingerprint
    assert "not the one pinned" in str(error)
    assert there.heard == []


async def test_a_pin_wins_over_a_ca_file(shipped: Certificate, tmp_path: Path) -> None:
    own = make_certificate(tmp_path / "own.pem", address="127.0.0.1")
    async with appliance(own) as there:
        pinned = await outcome(there.url, ca_file=shipped.path, cert_sha256=own.fingerprint)
        other = await outcome(there.url, ca_file=own.path, cert_sha256=shipped.fingerprint)
    assert (type(pinned), type(other)) == (PbxRefused, PbxUntrusted)


async def test_a_certificate_that_is_gone_when_it_is_looked_at_has_no_fingerprint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = await untrusted("127.0.0.1", port, ssl.SSLCertVerificationError(1, "self-signed certificate"))
    assert error.fingerprint is None
    assert str(error) == f"127.0.0.1:{port} shows a certificate that is not trusted: self-signed certificate."


async def test_a_ca_file_vouches_for_a_certificate_of_the_right_name(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "own.pem", address="127.0.0.1")
    async with appliance(certificate) as there:
        error = await outcome(there.url, ca_file=certificate.path)
    assert type(error) is PbxRefused


async def test_a_ca_file_does_not_vouch_for_another_name(shipped: Certificate) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url, ca_file=shipped.path)
    assert isinstance(error, PbxUntrusted)
    assert "not valid for '127.0.0.1'" in str(error)
    assert there.heard == []


def test_checks_are_on_by_default() -> None:
    context = trust()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("text", ["AB" * 32, ":".join(["ab"] * 32), " ".join(["Ab"] * 32), f" {'aB' * 32}\n"])
def test_a_fingerprint_may_be_written_in_several_ways(text: str) -> None:
    assert read_fingerprint(text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "AB:CD", "xyz", "AB" * 33, "AB" * 31 + "A", "AB" * 32 + "x", "GB" * 32])
def test_what_is_no_fingerprint_names_its_setting(text: str) -> None:
    with pytest.raises(SettingsError, match="PBX_CERT_SHA256"):
        read_fingerprint(text)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_read_names_its_setting(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match="PBX_CA_FILE"):
        trust(ca_file=path)


@pytest.mark.parametrize("url", ["", "192.168.5.150:8088", "ftp://pbx", "https://", "https://pbx:port"])
def test_what_is_no_address_names_its_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="YEASTAR_BASE_URL"):
        read_origin(url)
