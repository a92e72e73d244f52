"""Tls -> ssl context of a client, and what a failed handshake means in words."""

from __future__ import annotations

import ssl

from spineseg.archive.destination import Tls
from spineseg.errors import DestinationError, SettingsError

_OLDEST = ssl.TLSVersion.TLSv1_2  # PS3.15 B.9 and B.10 (BCP 195)


def client_context(tls: Tls) -> ssl.SSLContext:
    """Context that checks the peer's certificate and its name, and shows ours where the peer asks.

    Raises
    ------
    SettingsError
        A file is missing or is not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=None if tls.ca_file is None else str(tls.ca_file))
        context.minimum_version = _OLDEST
        if tls.certificate_file is not None:
            # Without a password of ours OpenSSL would ask for one at the terminal, and a service has none.
            context.load_cert_chain(tls.certificate_file, tls.key_file, password="")
    except (OSError, ssl.SSLError) as error:
        raise _unusable(tls) from error
    return context


def server_context(tls: Tls) -> ssl.SSLContext:
    """Context of a server that shows our certificate and asks for one that `ca_file` has signed.

    Raises
    ------
    SettingsError
        There is no certificate of ours, or a file is not what it should be.
    """
    if tls.certificate_file is None or tls.key_file is None:
        raise SettingsError(
            "to listen with TLS needs a certificate", remedy="add tls.certificate_file and tls.key_file"
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _OLDEST
    try:
        context.load_cert_chain(tls.certificate_file, tls.key_file, password="")
        if tls.ca_file is not None:
            context.load_verify_locations(tls.ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise _unusable(tls) from error
    return context


def tls_fault(error: OSError, where: str) -> DestinationError:
    """The failure of a handshake, with what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return DestinationError(
            f"the peer's certificate is not trusted: {error.verify_message.lower()}", where, "correct tls.ca_file"
        )
    reason = (error.reason if isinstance(error, ssl.SSLError) else error.strerror) or type(error).__name__
    words = reason.lower().replace("_", " ")
    return DestinationError(f"no TLS with the peer: {words}", where, "check port and certificates, and its TLS")


def _unusable(tls: Tls) -> SettingsError:
    files = ", ".join(path.name for path in (tls.ca_file, tls.certificate_file, tls.key_file) if path is not None)
    return SettingsError("the TLS files cannot be used", files, "check that they are there and PEM")
