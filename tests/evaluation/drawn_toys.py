"""Row of one study with a lesion mask given, and changes to it."""

from __future__ import annotations

from dataclasses import replace

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.volume import SeriesRole
from spineseg.evaluation.drawn_lesions import DrawnRow, GradeGiven
from spineseg.evaluation.drawn_study import DrawnOn

G = EsccGrade


def row(**changes: object) -> DrawnRow:
    """A true 2 graded 2, the same on other grids; fields changed by name."""
    given = {"low": G.G1C, "point": G.G2, "high": G.G3}
    plain = DrawnRow(
        number=4, name="escc-2-t8", algorithm=AlgorithmIdentity(name="spineseg", version="1", segmenter="truth"),
        level="T8", in_plane_mm=0.6, spacing_mm=3.0, has_ct=False, true_low=G.G2, true_high=G.G2, **given, reason=None,
        true_compartment=Compartment.EXTRADURAL, compartment=Compartment.EXTRADURAL, lesions=1,
        graded_on=SeriesRole.AXIAL_T2, level_named=True, level_assumed=True,
        others=tuple(GradeGiven(drawn_on=one, **given) for one in (DrawnOn.ISOTROPIC, DrawnOn.SAGITTAL)),
        dice={"cord": 0.9}, causes=(), seconds=1.0,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields of DrawnRow
