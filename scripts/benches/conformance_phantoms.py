"""Folder -> phantom series of the conformance bench: orientations, encodings, and enhanced files split in odd ways."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from spineseg.domain.volume import Modality
from spineseg.phantom.dicom import CtProtocol, MrProtocol, SeriesHeader, write_series
from spineseg.phantom.enhanced import write_enhanced
from tests.reporting.multi_frame import write_files, write_two_stacks
from tests.reporting.samples import AXIAL, CORONAL, SAGITTAL, make_sample, rotated

ACQUISITIONS: dict[str, dict[str, object]] = {
    "axial": {"steps": AXIAL},
    "sagittal": {"steps": SAGITTAL, "shape": (20, 80, 70)},
    "coronal": {"steps": CORONAL, "shape": (22, 80, 60)},
    "oblique": {"steps": rotated(AXIAL, 20.0)},
    "reversed": {"steps": AXIAL, "reverse": True},
    "feet first": {"steps": AXIAL * np.array([-1, 1, 1]), "patient_position": "FFS"},
    "decubitus": {"steps": AXIAL[:, [0, 2, 1]] * np.array([1, 1, -1]), "patient_position": "HFDR"},
}
SYNTAXES = (
    ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless,
    JPEGLSLossless, JPEG2000Lossless,
)  # fmt: skip
# Slices of the sample's 26 in each file of one series.
SPLITS: dict[str, Sequence[Sequence[int]]] = {
    "two slabs in two files": (range(10), range(10, 26)),
    "odd and even slices in two files": (range(0, 26, 2), range(1, 26, 2)),
    "a file a slice": [[number] for number in range(26)],
}
# What pydicom does not encode, DCMTK does: JPEG lossless of any and of first selection value.
DCMTK_SYNTAXES = {"1.2.840.10008.1.2.4.57": "+el", "1.2.840.10008.1.2.4.70": "+e1"}


def phantoms(work: Path) -> Iterator[tuple[str, Callable[[], Path]]]:
    """Name of each phantom series, and what writes it and gives its folder."""
    for modality in (Modality.MR, Modality.CT):
        for name, how in ACQUISITIONS.items():
            yield f"phantom {modality.value} {name}", partial(_single, work / f"{modality.value} {name}", modality, how)
        whole = work / f"{modality.value} enhanced"
        yield f"phantom {modality.value} enhanced multi-frame", partial(_enhanced, whole, modality)
    for name, parts in SPLITS.items():
        yield f"phantom MR enhanced, {name}", partial(_split, work / name, parts)
    yield "phantom MR enhanced, two stacks in one file", partial(_two_stacks, work / "two stacks")
    for syntax in SYNTAXES:
        yield f"phantom MR {syntax.name}", partial(_encoded, work / syntax, syntax)
    for uid, option in DCMTK_SYNTAXES.items():
        yield f"phantom MR JPEG lossless ({uid})", partial(_encoded_by_dcmtk, work / uid, option)


def _single(folder: Path, modality: Modality, how: dict[str, object]) -> Path:
    make_sample(folder, modality=modality, **how)
    return folder


def _enhanced(folder: Path, modality: Modality) -> Path:
    one = make_sample(folder.with_name(f"{folder.name} single"), modality=modality)
    header = _header_of(one.files[0], modality, one.input.series.frame_of_reference_uid)
    write_enhanced(folder, one.input.volume.image, header, reverse=True)
    return folder


def _split(folder: Path, parts: Sequence[Sequence[int]]) -> Path:
    write_files(folder, make_sample(folder.with_name(f"{folder.name} single")), parts)
    return folder


def _two_stacks(folder: Path) -> Path:
    write_two_stacks(folder, make_sample(folder.with_name(f"{folder.name} single")))
    return folder


def _encoded(folder: Path, syntax: UID) -> Path:
    plain = make_sample(folder.with_name(f"{folder.name} plain"), shape=(10, 72, 64))
    header = _header_of(plain.files[0], Modality.MR, plain.input.series.frame_of_reference_uid)
    write_series(folder, plain.input.volume.image, header, transfer_syntax_uid=syntax)
    return folder


def _encoded_by_dcmtk(folder: Path, option: str) -> Path:
    plain = make_sample(folder.with_name(f"{folder.name} plain"), shape=(10, 72, 64))
    folder.mkdir()
    for path in plain.files:
        subprocess.run(["/usr/bin/dcmcjpeg", option, str(path), str(folder / path.name)], check=True)
    return folder


def _header_of(path: Path, modality: Modality, frame_uid: str | None) -> SeriesHeader:
    dataset = dcmread(path, stop_before_pixels=True)
    protocol = CtProtocol() if modality is Modality.CT else MrProtocol(repetition_time_ms=3000.0, echo_time_ms=100.0)
    return SeriesHeader(
        protocol=protocol, study_instance_uid=dataset.StudyInstanceUID, series_instance_uid=dataset.SeriesInstanceUID,
        frame_of_reference_uid=str(frame_uid), series_number=5,
    )  # fmt: skip
