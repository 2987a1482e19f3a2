"""Whom we take for the PBX: the system's trust, a CA file, or one pinned certificate. Never nobody's word."""

import asyncio
import hashlib
import hmac
import re
import ssl
from pathlib import Path

from bot.errors import PbxUntrusted, SettingsError

PROBE_SECONDS = 5.0
FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def trust(*, ca_file: Path | None = None, cert_sha256: str | None = None) -> ssl.SSLContext:
    """The TLS settings. A pin wins over a CA file, a CA file over the system's trust.

    With a pin the certificate's name and issuer do not matter: appliances ship one that matches no name.
    Raises SettingsError when the file or the fingerprint cannot be read.
    """
    if cert_sha256:
        return _pinned(read_fingerprint(cert_sha256))
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        problem = f"PBX_CA_FILE: {ca_file} holds no certificate that can be read ({error}). Example: /etc/pbx-ca.pem"
        raise SettingsError((problem,)) from error


def read_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as 64 small hex digits; colons, spaces and capitals do not matter. Raises SettingsError."""
    digits = re.sub(r"[:\s]", "", text).lower()
    if not FINGERPRINT.fullmatch(digits):
        example = ":".join(["AB"] * 4) + ":…"
        raise SettingsError((f"PBX_CERT_SHA256: not the SHA-256 of a certificate, 64 hex digits. Example: {example}",))
    return digits


def show_fingerprint(certificate: bytes) -> str:
    """The SHA-256 of a DER certificate as colon-separated capitals, as browsers show it."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


async def untrusted(host: str, port: int, error: ssl.SSLError) -> PbxUntrusted:
    """What to tell about a certificate that was not taken: its fingerprint, and the settings that would take it."""
    shown = await _shown(host, port)
    reason = getattr(error, "verify_message", "") or error.strerror or "unknown issuer"
    message = f"{host}:{port} shows a certificate that is not trusted: {reason.rstrip('.')}."
    if shown is not None:
        message += (
            f" If this is your PBX, compare the fingerprint with the one its web page shows in a browser and set"
            f" PBX_CERT_SHA256={shown}, or name its issuer's certificate in PBX_CA_FILE."
        )
    return PbxUntrusted(message, fingerprint=shown)


def _pinned(fingerprint: str) -> ssl.SSLContext:
    class Pinned(ssl.SSLObject):
        """A connection that ends before its first byte unless the pinned certificate is shown."""

        def do_handshake(self) -> None:
            super().do_handshake()
            shown = hashlib.sha256(self.getpeercert(binary_form=True) or b"").hexdigest()
            if not hmac.compare_digest(shown, fingerprint):
                raise ssl.SSLCertVerificationError(1, "it is not the one pinned in PBX_CERT_SHA256")

    context = _unverified()
    context.sslobject_class = Pinned
    return context


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _shown(host: str, port: int) -> str | None:
    """The fingerprint of the certificate shown there, read by a handshake of its own that sends nothing."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=_unverified())
    except (OSError, TimeoutError):
        return None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return show_fingerprint(certificate) if certificate else None
