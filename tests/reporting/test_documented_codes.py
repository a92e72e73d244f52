"""Every code that a result can hold stands in docs/dicom_conformance.md."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

import spineseg.archive
import spineseg.domain
import spineseg.reporting
from spineseg.domain.labels import PRIVATE_SCHEME
from spineseg.domain.revision import parse_changes
from spineseg.reporting import build_report
from spineseg.reporting.seg_type import SegType
from spineseg.reporting.sr_revision import Observer, verify_report
from tests.reporting.full_findings import full_findings
from tests.reporting.samples import NOW, Sample, make_findings, make_sample

PAGE = Path(__file__).parents[2] / "docs" / "dicom_conformance.md"


@pytest.fixture(scope="module")
def documented() -> set[tuple[str, str]]:
    """Value and scheme of each code in a table of the page."""
    rows = [
        [cell.strip() for cell in line.split("|")] for line in PAGE.read_text().splitlines() if line.startswith("|")
    ]
    return {pair for row in rows for pair in pairwise(row)}


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """Every module below a package."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def codes_in(value: object) -> Iterator[Code]:
    """Codes in a constant: itself, in a table, a sequence or a record."""
    if isinstance(value, Code):
        yield value
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from codes_in(pair)
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from codes_in(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from codes_in(getattr(value, field.name))


def test_every_private_code_of_the_program_is_documented(documented: set[tuple[str, str]]) -> None:
    """Whatever table or constant of domain, reporting or archive holds a 99SPINESEG code: it stands on the page."""
    found = {
        (str(code.value), PRIVATE_SCHEME)
        for package in (spineseg.domain, spineseg.reporting, spineseg.archive)
        for module in modules_of(package)
        for constant in vars(module).values()
        for code in codes_in(constant)
        if code.scheme_designator == PRIVATE_SCHEME
    }

    assert len(found) > 200
    assert found <= documented, sorted(found - documented)


def coded(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Value and scheme of every code in an object, however deep."""
    for element in dataset.iterall():
        if element.VR == "SQ":
            yield from (
                (str(item.get("CodeValue") or item.get("LongCodeValue")), str(item.CodingSchemeDesignator))
                for item in element.value
                if "CodingSchemeDesignator" in item and ("CodeValue" in item or "LongCodeValue" in item)
            )


@pytest.fixture(scope="module")
def objects(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterable[Dataset]:
    """Objects of a report with everything in it, of one without lesion (as label maps), and two corrected ones."""
    one = sample.input
    uid = one.series.series_instance_uid
    without = make_sample(tmp_path_factory.mktemp("without"), shape=(6, 72, 64), with_lesion=False).input
    whole = build_report([one], full_findings(uid), now=NOW).objects
    maps = build_report([without], make_findings(uid, with_lesion=False), seg_type=SegType.LABELMAP, now=NOW).objects
    observer = Observer(name="DOE^JANE", organization="Hospital")
    words = (("lesion=1", "escc=1c", "level=T8", "sins.collapse=2"), ("lesion=1", "not-a-lesion"))
    verified = [verify_report(whole["report.sr.dcm"], parse_changes(one), observer=observer, now=NOW) for one in words]
    return [*whole.values(), *maps.values(), *verified]


def test_every_code_of_the_results_is_documented(objects: Iterable[Dataset], documented: set[tuple[str, str]]) -> None:
    """Those of the standard's templates too, which highdicom writes."""
    found = {pair for one in objects for pair in coded(one)}

    assert len(found) > 100
    assert found <= documented, sorted(found - documented)
