"""Files + Destination -> SendReport: C-STORE or STOW-RS, whichever the destination speaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spineseg.archive.commitment import CommitmentInbox
from spineseg.archive.destination import Destination, WebPeer
from spineseg.archive.instances import read_instances
from spineseg.archive.send_report import SendReport
from spineseg.archive.store import echo_dimse, store
from spineseg.archive.web import echo_web, store_web


def send_files(paths: Sequence[Path], destination: Destination, *, inbox: CommitmentInbox | None = None) -> SendReport:
    """Send DICOM files to a destination; sending the same again is harmless.

    Parameters
    ----------
    inbox
        Of a running node, which receives reports of storage commitment itself: nothing is awaited then, and the
        transaction stands in the report. None awaits the peer's report as the destination says.

    Returns
    -------
    SendReport
        One outcome a file, in their order. A file that the peer does not take is an outcome, not an error.

    Raises
    ------
    InputError
        A file is not a DICOM instance.
    SettingsError
        A file that the destination names is missing or wrong.
    DestinationError
        The peer cannot be reached or does not take anything; `transient` says whether to try again later.
    """
    instances = read_instances(paths)
    if isinstance(destination.peer, WebPeer):
        return store_web(instances, destination, destination.peer)
    return store(instances, destination, destination.peer, inbox=inbox)


def echo(destination: Destination) -> str:
    """Whether a destination answers: C-ECHO, or a search for one study.

    Returns
    -------
    str
        What answered, in words.

    Raises
    ------
    SettingsError
        A file that the destination names is missing or wrong.
    DestinationError
        No answer, or a refusal.
    """
    if isinstance(destination.peer, WebPeer):
        return echo_web(destination, destination.peer)
    return echo_dimse(destination, destination.peer)
