"""PhantomCase -> files: a DICOM study in OUT/dicom and its truth in OUT/truth.json."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import Modality, Volume, make_grid
from spineseg.phantom.cases import PhantomCase
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.dicom import CtProtocol, MrProtocol, SeriesHeader, write_series
from spineseg.phantom.imaging import default_acquisition, render
from spineseg.phantom.protocols import Protocol
from spineseg.phantom.truth import series_uid, study_uid, true_findings

Progress = Callable[[str], None]

# Usual values at 1.5 T, times in ms (McRobbie et al., MRI from Picture to Proton, 3rd ed., ch. 3; rounded, [P]).
_MR_PROTOCOLS = {
    Contrast.T1: MrProtocol(repetition_time_ms=560.0, echo_time_ms=10.0, echo_train_length=3),
    Contrast.T2: MrProtocol(
        repetition_time_ms=3600.0, echo_time_ms=105.0, echo_train_length=17, sequence_variant=("SK",)
    ),
    Contrast.STIR: MrProtocol(
        repetition_time_ms=4500.0, echo_time_ms=60.0, inversion_time_ms=160.0, echo_train_length=12,
        scanning_sequence=("SE", "IR"), sequence_variant=("SK",),
    ),
    Contrast.T1_CONTRAST: MrProtocol(
        repetition_time_ms=560.0, echo_time_ms=10.0, echo_train_length=3, contrast_bolus_agent="Gadolinium"
    ),
}  # fmt: skip


def frame_of_reference_uid(case: PhantomCase) -> str:
    """The one frame of reference of all series of a case."""
    return derive_uid("phantom", case.name, str(case.seed), "frame")


def render_series(case: PhantomCase, protocol: Protocol) -> Volume:
    """One series of a case as it would be read back from its files."""
    # Series are independent of each other: any subset gives the same images.
    rng = np.random.default_rng([zlib.crc32(f"{case.name}/{protocol.name}".encode()), case.seed])
    spacing = float(np.linalg.norm(np.asarray(protocol.grid.affine)[:3, 0]))
    acquisition = replace(default_acquisition(protocol.contrast), slice_share=protocol.thickness_mm / spacing)
    image = render(case.phantom, protocol.grid, protocol.contrast, rng, acquisition=acquisition)
    return Volume(
        image=make_grid(image, protocol.grid.affine, frame_of_reference_uid(case)),
        modality=protocol.contrast.modality,
        role=protocol.role,
        series_instance_uid=series_uid(case, protocol.name),
    )


def write_case(
    case: PhantomCase, out: Path, *, protocols: Sequence[Protocol] | None = None, progress: Progress | None = None
) -> list[Path]:
    """Write the study and its truth.

    Parameters
    ----------
    out
        Gets `dicom/<series>/*.dcm` and `truth.json`.
    protocols
        Series to write; None for all of the case.
    progress
        Called with the name of what is about to be made.

    Returns
    -------
    list of Path
        The DICOM files.
    """
    tell = progress or (lambda _message: None)
    paths: list[Path] = []
    for number, protocol in enumerate(protocols or case.protocols, start=1):
        tell(protocol.name)
        volume = render_series(case, protocol)
        folder = out / "dicom" / f"{number:02d}-{protocol.name}"
        paths += write_series(folder, volume.image, _header(case, protocol, volume, number))
    tell("truth.json")
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(findings_to_json(true_findings(case)), indent=2)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")
    return paths


def _header(case: PhantomCase, protocol: Protocol, volume: Volume, number: int) -> SeriesHeader:
    ct = volume.modality is Modality.CT
    return SeriesHeader(
        protocol=CtProtocol() if ct else _MR_PROTOCOLS[protocol.contrast],
        study_instance_uid=study_uid(case),
        series_instance_uid=volume.series_instance_uid,
        frame_of_reference_uid=frame_of_reference_uid(case),
        series_number=number,
        slice_thickness_mm=protocol.thickness_mm,
        series_description=protocol.name.replace("-", " "),
    )
