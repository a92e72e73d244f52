"""Instances -> SendReport over STOW-RS (PS3.18 section 10.5), with dicomweb-client."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from dicomweb_client.web import DICOMwebClient
from pydicom.dataset import Dataset
from requests.adapters import HTTPAdapter

from spineseg.archive.copies import AS_BINARY, Copies, binary_copies
from spineseg.archive.destination import Destination, Tls, WebPeer
from spineseg.archive.instances import Instance
from spineseg.archive.send_report import InstanceOutcome, SendReport
from spineseg.archive.statuses import is_transient, status_words
from spineseg.archive.tls import client_context, tls_fault
from spineseg.errors import DestinationError, SettingsError

# HTTP statuses: who we are is wrong; nothing of the request was stored (PS3.18 10.5.3); try again later.
_NOT_AUTHORIZED = (401, 403)
_NOT_FOUND = 404
_NOTHING_STORED = (400, 409, 415, 422)
_LATER = (408, 425, 429, 500, 502, 503, 504)
_NOT_SAID = "the service did not say that it stored it"


class _TlsAdapter(HTTPAdapter):
    """Connections with a context of ours, as for associations."""

    def __init__(self, tls: Tls) -> None:
        self._options: dict[str, Any] = {"ssl_context": client_context(tls)}
        if tls.server_name is not None:
            self._options |= {"server_hostname": tls.server_name, "assert_hostname": tls.server_name}
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **{**options, **self._options})


def store_web(instances: Sequence[Instance], destination: Destination, peer: WebPeer) -> SendReport:
    """Store instances one request each, so that one refusal says nothing of the others.

    Raises
    ------
    DestinationError
        The service cannot be reached, or refuses us.
    """
    client = _client(destination, peer)
    copies = Copies()
    # Label maps first: what refers to them is sent as it then has to be.
    labelmaps = [one for one in instances if one.is_labelmap]
    done: dict[Path, InstanceOutcome] = {}
    if labelmaps and not destination.accepts_labelmap:
        copies = binary_copies(instances)
    elif labelmaps:
        done = {one.path: _store_one(client, one, copies, destination, peer) for one in labelmaps}
        if any(not outcome.stored and not outcome.transient for outcome in done.values()):
            copies, done = binary_copies(instances), {}
    for one in instances:
        if one.path not in done:
            done[one.path] = _store_one(client, one, copies, destination, peer)
    return SendReport(destination=destination.name, outcomes=tuple(done[one.path] for one in instances))


def echo_web(destination: Destination, peer: WebPeer) -> str:
    """A search for one study, which every service of DICOMweb answers.

    Raises
    ------
    DestinationError
        No answer, or a refusal.
    """
    try:
        _client(destination, peer).search_for_studies(limit=1)
    except requests.HTTPError as error:
        raise _http_fault(_status(error), destination, peer) from error
    except requests.RequestException as error:
        raise _unreachable(error, destination, peer) from error
    return f"{_place(destination, peer)} answers a search for studies"


def _client(destination: Destination, peer: WebPeer) -> DICOMwebClient:
    session = requests.Session()
    # Proxies and passwords of the environment are not ours to use: results go where the settings say.
    session.trust_env = False
    if destination.tls is not None:
        session.mount("https://", _TlsAdapter(destination.tls))
    if peer.user_name is not None and peer.password_file is not None:
        session.auth = (peer.user_name, _secret(peer.password_file))
    if peer.token_file is not None:
        session.headers["Authorization"] = f"Bearer {_secret(peer.token_file)}"
    client = DICOMwebClient(url=peer.url, session=session, timeout=destination.timeout_s)
    client.set_http_retry_params(retry=False)  # who calls us decides when to try again
    return client


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("the file with the secret cannot be read", path.name, "check the destination") from error


def _store_one(
    client: DICOMwebClient, instance: Instance, copies: Copies, destination: Destination, peer: WebPeer
) -> InstanceOutcome:
    sop_class_uid, sop_instance_uid = copies.identity(instance)
    try:
        answer = client.store_instances([copies.dataset(instance)])
        stored, note, transient = _judged(answer, sop_instance_uid)
    except requests.HTTPError as error:
        status = _status(error)
        if status not in _NOTHING_STORED:
            raise _http_fault(status, destination, peer) from error
        stored, note, transient = False, _refusal(error), False
    except requests.RequestException as error:
        raise _unreachable(error, destination, peer) from error
    return InstanceOutcome(
        path=instance.path,
        sop_class_uid=sop_class_uid,
        sop_instance_uid=sop_instance_uid,
        stored=stored,
        note=note or (AS_BINARY if copies.changes(instance) else ""),
        transient=transient,
    )


def _judged(answer: Dataset, sop_instance_uid: str) -> tuple[bool, str, bool]:
    """Whether it is stored, what was said, and whether it may be later (PS3.18 table 10.5.3-2)."""
    for item in answer.get("FailedSOPSequence") or ():
        if item.get("ReferencedSOPInstanceUID") == sop_instance_uid:
            reason = int(item.get("FailureReason") or 0)
            return False, status_words(reason) or "no reason given", is_transient(reason)
    stored = {str(item.get("ReferencedSOPInstanceUID")) for item in answer.get("ReferencedSOPSequence") or ()}
    return sop_instance_uid in stored, "" if sop_instance_uid in stored else _NOT_SAID, False


def _status(error: requests.HTTPError) -> int:
    return 0 if error.response is None else error.response.status_code


def _refusal(error: requests.HTTPError) -> str:
    """Words of a refusal: its failure reason where it gives one, else the HTTP status."""
    try:
        content = {} if error.response is None else error.response.json()
        failed = Dataset.from_json(content).get("FailedSOPSequence") or ()
        reasons = [int(item.FailureReason) for item in failed if "FailureReason" in item]
    except (ValueError, TypeError, KeyError, AttributeError):
        reasons = []
    return status_words(reasons[0]) if reasons else f"refused with HTTP status {_status(error)}"


def _http_fault(status: int, destination: Destination, peer: WebPeer) -> DestinationError:
    where = _place(destination, peer)
    if status in _NOT_AUTHORIZED:
        return DestinationError(
            f"the service refuses us (HTTP {status})", where, "correct user_name, password_file or token_file"
        )
    if status == _NOT_FOUND:
        return DestinationError("no DICOMweb service there (HTTP 404)", where, "correct url")
    transient = status in _LATER
    remedy = "try again later" if transient else "ask who runs the service"
    return DestinationError(f"the service answers with HTTP status {status}", where, remedy, transient=transient)


def _unreachable(error: requests.RequestException, destination: Destination, peer: WebPeer) -> DestinationError:
    where = _place(destination, peer)
    cause = _cause(error)
    if isinstance(cause, ssl.SSLError):
        return tls_fault(cause, where)
    if isinstance(error, requests.Timeout):
        return DestinationError("the service does not answer in time", where, "try again later", transient=True)
    reason = (getattr(cause, "strerror", None) or type(cause).__name__).lower()
    return DestinationError(
        f"no route to the service: {reason}", where, "check the address and the firewall", transient=True
    )


def _cause(error: BaseException) -> BaseException:
    """The first failure under requests' and urllib3's wrappings."""
    inner = getattr(error, "reason", None)
    for under in (inner, *error.args, error.__cause__, error.__context__):
        if isinstance(under, BaseException) and not isinstance(error, ssl.SSLError):
            return _cause(under)
    return error


def _place(destination: Destination, peer: WebPeer) -> str:
    return f"{destination.name} at {peer.url}"
