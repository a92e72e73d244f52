"""Host or address of an archive -> Destination: where results go, how, and whom to trust there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_AE_TITLE = "SPINESEG"
DEFAULT_TIMEOUT_S = 30.0  # [P] for a connection, an answer and a quiet line
DEFAULT_COMMITMENT_TIMEOUT_S = 60.0  # [P] archives that commit from tape answer much later: the node waits on


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Whom we trust and who we are.

    Parameters
    ----------
    ca_file
        PEM with the certificates that may have signed the peer's; None trusts those of this machine.
    certificate_file, key_file
        PEM that we show where the peer asks; both or none.
    server_name
        Name in the peer's certificate where that is not the host, as in a PACS that is known by its address.
    """

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentSettings:
    """Storage commitment (PS3.4 annex J).

    Parameters
    ----------
    listen_port
        Port on which we await the report on a new association; None where it comes on the same one, or where a
        running node listens and hands over its inbox.
    listen_host
        Address of ours that it comes to; empty for all of this machine's.
    timeout_s
        How long the report is awaited [s].
    """

    listen_port: int | None = None
    listen_host: str = ""
    timeout_s: float = DEFAULT_COMMITMENT_TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class DimsePeer:
    """A peer that is spoken to by associations (PS3.8).

    Parameters
    ----------
    commitment
        None where storage commitment is not asked for.
    """

    host: str
    port: int
    called_ae_title: str
    calling_ae_title: str = DEFAULT_AE_TITLE
    commitment: CommitmentSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPeer:
    """A DICOMweb service (PS3.18).

    Parameters
    ----------
    url
        Base address; "/studies" is appended.
    user_name, password_file
        HTTP basic authentication; the password is the file's first line.
    token_file
        Bearer token, the file's first line.
    """

    url: str
    user_name: str | None = None
    password_file: Path | None = None
    token_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """An archive, or any other receiver of results.

    Parameters
    ----------
    tls
        None speaks plainly over associations, and trusts what this machine trusts where the address says https.
    accepts_labelmap
        False sends every label map segmentation as a binary one without asking first.
    timeout_s
        For a connection, an answer and a quiet line [s].
    """

    name: str
    peer: DimsePeer | WebPeer
    tls: Tls | None = None
    accepts_labelmap: bool = True
    timeout_s: float = DEFAULT_TIMEOUT_S
