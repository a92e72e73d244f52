"""Results of one small study, once with binary masks and once with label maps, and peers to send them to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from spineseg.archive import Tls
from spineseg.reporting import build_report, write_report
from spineseg.reporting.seg_type import SegType
from tests.archive.peers import Orthanc, running_orthanc
from tests.reporting.samples import NOW, Sample, make_findings, make_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Series and masks of the small spine."""
    return make_sample(tmp_path_factory.mktemp("study"), shape=(4, 72, 64))


@pytest.fixture(scope="session")
def results(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """DICOM results with binary masks."""
    return _written(sample, SegType.BINARY, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="session")
def labelmaps(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """DICOM results with label maps."""
    return _written(sample, SegType.LABELMAP, tmp_path_factory.mktemp("labelmaps"))


@pytest.fixture(scope="session")
def orthanc_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """One Orthanc for all tests."""
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture
def orthanc(orthanc_server: Orthanc) -> Orthanc:
    """Orthanc, empty."""
    orthanc_server.clear()
    return orthanc_server


@pytest.fixture(scope="session")
def own_tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """Certificate of 127.0.0.1 that signs itself, its key, and trust in it."""
    return _certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def other_tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """Another such certificate, which nobody trusts."""
    return _certificate(tmp_path_factory.mktemp("other"))


def _certificate(folder: Path) -> Tls:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=spineseg test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key),
         "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return Tls(ca_file=certificate, certificate_file=certificate, key_file=key)


def _written(sample: Sample, seg_type: SegType, out: Path) -> list[Path]:
    findings = make_findings(sample.input.series.series_instance_uid)
    report = build_report([sample.input], findings, seg_type=seg_type, now=NOW)
    return [path for path in write_report(report, out) if path.suffix == ".dcm"]
