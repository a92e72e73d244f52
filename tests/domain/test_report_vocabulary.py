from __future__ import annotations

import pytest
from pydicom.sr.codedict import codes

from spineseg.domain import report_vocabulary as report
from spineseg.domain.codes import RADELEMENT_SCHEME
from spineseg.domain.escc import ESCC_RANK
from spineseg.domain.labels import PRIVATE_SCHEME
from spineseg.domain.vocabulary import ESCC_GRADES


def test_image_quality_is_the_public_code() -> None:
    """Concept and answer are those that pydicom's copy of PS3.16 CID 7036 gives for the same words."""
    assert codes.DCM.ImageQuality == report.IMAGE_QUALITY
    assert codes.cid7036.LimitedQuality == report.LIMITED


def test_former_codes_are_private_and_lead_to_public_ones() -> None:
    """Each private code of layout 1 has one public code in its place, with the same words, and never two."""
    assert {code.scheme_designator for code in report.FORMER_CODES} == {PRIVATE_SCHEME}
    assert {code.scheme_designator for code in report.FORMER_CODES.values()} == {RADELEMENT_SCHEME}
    assert len(set(report.FORMER_CODES.values())) == len(report.FORMER_CODES)
    assert all(former.meaning == code.meaning for former, code in report.FORMER_CODES.items())


@pytest.mark.parametrize(("grade", "rank"), ESCC_RANK.items())
def test_every_grade_has_the_answer_of_its_rank(grade: str, rank: int) -> None:
    """RadElement's element 1998 counts 0, 1a, 1b, 1c, 2, 3 from .0 to .5 (clinical.md, preamble)."""
    assert ESCC_GRADES[grade].value == f"RDE1998.{rank}"
    assert ESCC_GRADES[grade].meaning == f"ESCC {grade}"
