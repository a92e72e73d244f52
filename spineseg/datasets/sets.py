"""Name of a data set -> its licence, citation and finder: the table behind `spineseg data`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spineseg.datasets import cspineseg, ctspine1k, rsna2022, spider, spine_mets, totalsegmentator, verse
from spineseg.datasets.description import Description
from spineseg.datasets.folder import find_dicom, find_files
from spineseg.datasets.sourcecase import SourceCase
from spineseg.domain.dataset import Source
from spineseg.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """A set whose layout is known. Licences as in ../shared/datasets/datasets.md; the set's own page decides."""

    source: Source
    find: Callable[[Path], list[SourceCase]]


def _public(
    name: str, title: str, licence: str, citation: str, *, find: Callable[[Path], list[SourceCase]], remark: str = ""
) -> PublicSet:
    source = Source(name=name, title=title, licence=licence, citation=citation, remark=remark)
    return PublicSet(source=source, find=find)


PUBLIC_SETS: dict[str, PublicSet] = {
    one.source.name: one
    for one in (
        _public("spider", "SPIDER lumbar MRI", "CC BY 4.0", "Zenodo 10159290", find=spider.find),
        _public("verse", "VerSe 2019 and 2020 CT", "CC BY-SA 4.0", "doi:10.1016/j.media.2021.102166", find=verse.find),
        _public(
            "ctspine1k", "CTSpine1K", "CC BY-NC-SA (sub-collections have terms of their own)",
            "Hugging Face alexanderdann/CTSpine1K", find=ctspine1k.find, remark="not for commercial use",
        ),
        _public(
            "totalsegmentator-ct", "TotalSegmentator CT", "CC BY 4.0", "Zenodo 6802613 (v3), 10047292 (v2)",
            find=totalsegmentator.find_ct,
        ),
        _public(
            "totalsegmentator-mr", "TotalSegmentator MR", "CC BY-NC-SA 2.0", "Zenodo 11367004 (v3)",
            find=totalsegmentator.find_mr, remark="not for commercial use",
        ),
        _public(
            "spine-mets", "Spine-Mets-CT-SEG", "CC BY 4.0", "doi:10.7937/kh36-ds04", find=spine_mets.find,
            remark="vertebrae only: no lesion masks",
        ),
        _public(
            "rsna2022", "RSNA 2022 Cervical Spine Fracture",
            "non-commercial research and education; no redistribution", "RSNA 2022 challenge data", find=rsna2022.find,
            remark="not for commercial use; converted files must not be passed on",
        ),
        _public(
            "cspineseg", "Duke CSpineSeg", "not confirmed: read the set's own terms", "Duke CSpineSeg",
            find=cspineseg.find,
        ),
    )
}  # fmt: skip

# Kinds of one's own data; they need a description.
OWN_KINDS: dict[str, Callable[[Path, Description], list[SourceCase]]] = {
    "folder": find_files,
    "dicom-seg": find_dicom,
}


def find_cases(name: str, src: Path, description: Description | None = None) -> tuple[Source, list[SourceCase]]:
    """Source and cases of a set.

    Parameters
    ----------
    description
        Of one's own data; public sets have none.

    Raises
    ------
    SettingsError
        The name is not known, the folder holds no such set, or a description is missing.
    """
    if not src.is_dir():
        raise SettingsError("no such folder", str(src), "give the folder that the data set was unpacked to")
    if name in PUBLIC_SETS:
        return PUBLIC_SETS[name].source, PUBLIC_SETS[name].find(src)
    if name not in OWN_KINDS:
        known = ", ".join([*PUBLIC_SETS, *OWN_KINDS])
        raise SettingsError(f"unknown data set {name!r}", "NAME", f"use one of {known}")
    if description is None:
        raise SettingsError("the set is not described", str(src), "write dataset.yaml or give --description")
    return description.source(name), OWN_KINDS[name](src, description)
