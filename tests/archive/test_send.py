from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.archive import CommitmentInbox, CommitmentSettings, Destination, DimsePeer, WebPeer, echo, send_files
from spineseg.archive.copies import AS_BINARY
from spineseg.archive.instances import BINARY_SEGMENTATION, LABELMAP_SEGMENTATION
from spineseg.domain.clinical import ClinicalContext
from spineseg.domain.recommendation import Recommendation
from spineseg.errors import DestinationError, InputError
from spineseg.reporting.sr_header import read_header
from spineseg.reporting.sr_reader import read_findings
from spineseg.treatment import load_ruleset, recommend
from tests.archive.peers import Orthanc, running_storescp


def recommendation(report: Dataset) -> Recommendation:
    """What the rules make of a report."""
    header = read_header(report)
    return recommend(read_findings(report), ClinicalContext(), load_ruleset(), verified=header.verified)


def assert_came_back(sent: list[Path], stored: dict[str, Dataset]) -> None:
    """Pixels are the same bytes, and the report says and recommends the same."""
    originals = [dcmread(path) for path in sent]
    assert {str(one.SOPInstanceUID) for one in originals} == set(stored)
    for original in originals:
        back = stored[str(original.SOPInstanceUID)]
        assert back.get("PixelData") == original.get("PixelData")
    report = next(one for one in originals if one.SOPClassUID.name == "Comprehensive 3D SR Storage")
    back = stored[str(report.SOPInstanceUID)]
    assert read_findings(back) == read_findings(report)
    assert recommendation(back) == recommendation(report)


def dimse(destination: Destination) -> DimsePeer:
    """The peer of a destination that speaks DICOM associations."""
    assert isinstance(destination.peer, DimsePeer)
    return destination.peer


@pytest.mark.parametrize("way", ["dicom", "web"])
def test_orthanc_keeps_results(orthanc: Orthanc, results: list[Path], way: str) -> None:
    """Orthanc takes every result over C-STORE and STOW-RS, and gives back the same pixels, findings and options."""
    report = send_files(results, getattr(orthanc, way))

    assert report.complete
    assert [one.note for one in report.outcomes] == [""] * len(results)
    assert_came_back(results, orthanc.stored())


def test_sending_twice_stores_once(orthanc: Orthanc, results: list[Path]) -> None:
    """The same results sent again are the same instances there."""
    for _ in range(2):
        assert send_files(results, orthanc.dicom).complete

    assert len(orthanc.stored()) == len(results)


def test_labelmaps_become_binary_where_they_are_refused(orthanc: Orthanc, labelmaps: list[Path]) -> None:
    """Orthanc 1.10 refuses label maps on associations: it gets binary masks, and a report that refers to them."""
    report = send_files(labelmaps, orthanc.dicom)

    assert report.complete
    stored = orthanc.stored()
    classes = {str(one.SOPClassUID) for one in stored.values()}
    assert BINARY_SEGMENTATION in classes
    assert LABELMAP_SEGMENTATION not in classes
    sr = next(one for one in stored.values() if one.SOPClassUID.name == "Comprehensive 3D SR Storage")
    segments = {uid for uid, one in stored.items() if str(one.SOPClassUID) == BINARY_SEGMENTATION}
    referred = {
        str(item.ReferencedSOPInstanceUID)
        for study in sr.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert segments <= referred
    original = next(path for path in labelmaps if path.name == "report.sr.dcm")
    assert read_findings(sr) == read_findings(original)
    notes = {one.path.name: one.note for one in report.outcomes}
    assert notes["lesions.seg.dcm"] == notes["report.sr.dcm"] == AS_BINARY


def test_storescp_keeps_results(results: list[Path], tmp_path: Path) -> None:
    """DCMTK's storescp takes every result and writes the same pixels and findings."""
    with running_storescp(tmp_path) as destination:
        report = send_files(results, destination)

    assert report.complete
    stored = [dcmread(path) for path in tmp_path.iterdir()]
    assert_came_back(results, {str(one.SOPInstanceUID): one for one in stored})


@pytest.mark.parametrize("way", ["dicom", "web"])
def test_echo(orthanc: Orthanc, way: str) -> None:
    """A destination that answers is named."""
    assert echo(getattr(orthanc, way)).startswith({"dicom": "orthanc, ORTHANC at", "web": "web at"}[way])


def test_wrong_called_title(orthanc: Orthanc, results: list[Path]) -> None:
    """An archive that is called otherwise: one line names the setting, and a later try would not help."""
    peer = replace(dimse(orthanc.dicom), called_ae_title="OTHER")

    with pytest.raises(DestinationError, match=r"not called OTHER.*called_ae_title") as caught:
        send_files(results, replace(orthanc.dicom, peer=peer))
    assert not caught.value.transient


def test_unknown_calling_title(orthanc: Orthanc, results: list[Path]) -> None:
    """An archive that does not know us: one line says where to add us."""
    peer = replace(dimse(orthanc.dicom), calling_ae_title="STRANGER")

    with pytest.raises(DestinationError, match=r"does not know STRANGER.*calling_ae_title"):
        send_files(results, replace(orthanc.dicom, peer=peer))


@pytest.mark.parametrize("port", [1, 9])
def test_no_route(port: int, results: list[Path]) -> None:
    """Nothing listens: one line says so, and that a later try may help."""
    destination = Destination(name="x", peer=DimsePeer(host="127.0.0.1", port=port, called_ae_title="X"))

    with pytest.raises(DestinationError, match="no route to the peer: connection refused") as caught:
        send_files(results, destination)
    assert caught.value.transient


def test_not_dicom(orthanc: Orthanc, tmp_path: Path) -> None:
    """What is no DICOM file is refused by name before anything is sent."""
    path = tmp_path / "note.dcm"
    path.write_text("not DICOM")

    with pytest.raises(InputError, match=r"note\.dcm"):
        send_files([path], orthanc.dicom)


def test_storage_commitment(orthanc: Orthanc, results: list[Path]) -> None:
    """Orthanc reports on a new association that it keeps every instance, and only then is the sending complete."""
    settings = CommitmentSettings(listen_port=orthanc.report_port, listen_host="127.0.0.1", timeout_s=30)
    peer = replace(dimse(orthanc.dicom), commitment=settings)

    report = send_files(results, replace(orthanc.dicom, peer=peer))

    assert report.complete
    assert report.commitment is not None
    assert report.commitment.report is not None
    assert len(report.commitment.report.committed) == len(results)


def test_a_node_awaits_commitment_itself(orthanc: Orthanc, results: list[Path]) -> None:
    """With an inbox of the caller nothing is awaited: the transaction is told, and nothing counts as committed yet."""
    peer = replace(dimse(orthanc.dicom), commitment=CommitmentSettings())

    report = send_files(results[:1], replace(orthanc.dicom, peer=peer), inbox=CommitmentInbox())

    assert report.commitment is not None
    assert report.commitment.transaction_uid
    assert not report.complete


def test_web_address_of_nothing(orthanc: Orthanc, results: list[Path]) -> None:
    """An address without DICOMweb is named as such."""
    wrong = replace(orthanc.web, peer=WebPeer(url=f"http://127.0.0.1:{orthanc.http_port}/nothing"))

    with pytest.raises(DestinationError, match="no DICOMweb service there"):
        send_files(results, wrong)
