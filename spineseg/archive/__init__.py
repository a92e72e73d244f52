"""Files + Destination -> SendReport: results to an archive over C-STORE or STOW-RS."""

from spineseg.archive.commitment import CommitmentInbox, commitment_handler, read_commitment
from spineseg.archive.destination import CommitmentSettings, Destination, DimsePeer, Tls, WebPeer
from spineseg.archive.send import echo, send_files
from spineseg.archive.send_report import CommitmentOutcome, CommitmentReport, InstanceOutcome, SendReport
from spineseg.archive.settings import parse_destinations, read_destinations

__all__ = [
    "CommitmentInbox",
    "CommitmentOutcome",
    "CommitmentReport",
    "CommitmentSettings",
    "Destination",
    "DimsePeer",
    "InstanceOutcome",
    "SendReport",
    "Tls",
    "WebPeer",
    "commitment_handler",
    "echo",
    "parse_destinations",
    "read_commitment",
    "read_destinations",
    "send_files",
]
