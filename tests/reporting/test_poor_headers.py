from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO

from spineseg.domain.study import ChosenSeries, Series
from spineseg.domain.volume import SeriesRole
from spineseg.errors import SpinesegError
from spineseg.ingest import discover
from spineseg.ingest.loading import load_volume
from spineseg.reporting import build_report, read_findings
from spineseg.reporting.context import make_context
from spineseg.reporting.pictures import ReportInput
from spineseg.reporting.report import encode
from spineseg.reporting.seg import build_anatomy_seg, build_lesion_seg
from spineseg.reporting.source import read_source
from spineseg.reporting.sr import build_sr
from spineseg.reporting.sr_groups import SourceObjects
from tests.reporting.samples import NOW, STUDY_UID, Sample, make_findings, make_sample, segmentation_on

Change = Callable[[Dataset], None]

TYPE_2 = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
MARKED = "<script>alert(1)</script>"
LONG_UID = "1.2." + "9" * 60  # UI holds 64 characters (PS3.5 section 6.2)


def without(*keywords: str) -> Change:
    """Headers that lack attributes."""

    def change(dataset: Dataset) -> None:
        for keyword in keywords:
            dataset.pop(keyword, None)

    return change


def with_values(**values: object) -> Change:
    """Headers with these values."""

    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


POOR: dict[str, Change] = {
    **{f"no {keyword}": without(keyword) for keyword in TYPE_2},
    **{f"empty {keyword}": with_values(**{keyword: ""}) for keyword in TYPE_2},
    "no type 2 at all": without(*TYPE_2),
    "empty type 2": with_values(**dict.fromkeys(TYPE_2, "")),
    "two names": with_values(PatientName=["Doe^A", "Roe^B"]),
    "two identifiers": with_values(PatientID=["12", "34"]),
    "two accession numbers": with_values(AccessionNumber=["A1", "A2"]),
    "two study dates": with_values(StudyDate=["20260203", "20260204"]),
    "no frame of reference": without("FrameOfReferenceUID"),
    "empty frame of reference": with_values(FrameOfReferenceUID=""),
    "UIDs of 64 characters": with_values(FrameOfReferenceUID=LONG_UID, SeriesInstanceUID=LONG_UID[:-1] + "8"),
    "UID with a leading zero": with_values(FrameOfReferenceUID="1.2.003.4"),
    "markup in the name": with_values(PatientName=MARKED),
    "markup in the descriptions": with_values(StudyDescription=MARKED, SeriesDescription=MARKED, PatientID=MARKED),
    "year of birth only": with_values(PatientBirthDate="1950"),
    "date with dots": with_values(StudyDate="2026.02.03"),
    "time in words": with_values(StudyTime="noon"),
    "sex of no code": with_values(PatientSex="X"),
    "age in words": with_values(PatientAge="old"),
    "two weights": with_values(PatientWeight=["70", "80"]),
    "identifier of 80 characters": with_values(PatientID="7" * 80),
    "name of 100 characters": with_values(PatientName="N" * 100),
    "study identifier of 40 characters": with_values(StudyID="S" * 40),
    "no series number": without("SeriesNumber"),
    "no instance number": without("InstanceNumber"),
    "no manufacturer": without("Manufacturer"),
    "no slice thickness": without("SliceThickness", "SpacingBetweenSlices"),
    "no patient position": without("PatientPosition"),
    "no character set": without("SpecificCharacterSet"),
}
# Cannot be used: one clear refusal.
HOPELESS: dict[str, Change] = {
    "no modality": without("Modality"),
    "no position": without("ImagePositionPatient"),
    "no orientation": without("ImageOrientationPatient"),
    "no pixel spacing": without("PixelSpacing"),
}
# Character set, bytes of the name in the file, and the name (None: any, as long as results are written).
CHARACTER_SETS: dict[str, tuple[str | list[str], bytes, str | None]] = {
    "Japanese, first value empty": (["", "ISO 2022 IR 87"], b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田"),
    "Korean, first value empty": (
        ["", "ISO 2022 IR 149"],
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7",
        "洪",
    ),
    "Chinese GB18030": ("GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "王"),
    "Chinese GBK": ("GBK", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "王"),
    "Latin-1": ("ISO_IR 100", b"M\xfcller^A", "Müller"),
    "Latin-1, misspelt": ("ISO-IR 100", b"M\xfcller^A", "Müller"),
    "Cyrillic": ("ISO_IR 144", b"\xbb\xee\xda^A", "Люк"),
    "UTF-8": ("ISO_IR 192", "Müller^A".encode(), "Müller"),
    "8 bits without a character set": ([], b"M\xfcller^A", None),
    "character set that does not exist": ("ISO_IR 999", b"M\xfcller^A", None),
}
PLACEHOLDER = "Zz"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Four slices that every test copies."""
    return make_sample(tmp_path_factory.mktemp("tiny"), shape=(4, 72, 64))


def copied(tiny: Sample, folder: Path, change: Change, name: bytes = b"") -> Path:
    """The series in another folder, each header changed; a name is put in as raw bytes."""
    folder.mkdir()
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in tiny.files:
            dataset = dcmread(path)
            change(dataset)
            if name:
                dataset.PatientName = (PLACEHOLDER * len(name))[: len(name)]
            dataset.save_as(folder / path.name)
            if name:
                content = (folder / path.name).read_bytes()
                (folder / path.name).write_bytes(content.replace((PLACEHOLDER * len(name))[: len(name)].encode(), name))
    return folder


def series_in(folder: Path) -> Series:
    """The one series that discovery finds."""
    (study,) = discover(folder)
    (series,) = study.series
    return series


def results_of(folder: Path) -> dict[str, bytes]:
    """Both SEG objects and the SR of a series, as files; pictures and page take their words from the same headers."""
    series = series_in(folder)
    source = read_source(series)
    findings = make_findings(series.series_instance_uid)
    volume = load_volume(ChosenSeries(series=series, role=SeriesRole.AXIAL_T2, score=0.0, reasons=()))
    masks = segmentation_on(volume.image, series.series_instance_uid)
    context = make_context(source.sop_instance_uids, [masks], findings, source.patient_study, now=NOW)
    anatomy = build_anatomy_seg(source, masks, findings, context, position=0)
    lesions = build_lesion_seg(source, masks, findings, context, position=0)
    objects = SourceObjects(source=source, anatomy=anatomy, lesions=lesions, key_headers=source.headers[:1])
    made = {"report.sr.dcm": build_sr(findings, [objects], context)}
    made |= {f"{name}.seg.dcm": seg.dataset for name, seg in (("anatomy", anatomy), ("lesions", lesions)) if seg}
    return {name: encode(dataset) for name, dataset in made.items()}


@pytest.mark.parametrize("case", POOR)
def test_a_poor_header_gives_whole_results(case: str, tiny: Sample, tmp_path: Path) -> None:
    """Whatever patient and study attributes lack or hold, all objects are written, complete and readable again."""
    files = results_of(copied(tiny, tmp_path / "in", POOR[case]))

    assert set(files) == {"anatomy.seg.dcm", "lesions.seg.dcm", "report.sr.dcm"}
    for content in files.values():
        dataset = dcmread(DicomBytesIO(content))
        assert set(TYPE_2) <= {element.keyword for element in dataset}
        assert dataset.SpecificCharacterSet == "ISO_IR 192"
        assert dataset.StudyInstanceUID == STUDY_UID
    series_uid = dcmread(next((tmp_path / "in").iterdir()), stop_before_pixels=True).SeriesInstanceUID
    assert read_findings(dcmread(DicomBytesIO(files["report.sr.dcm"]))) == make_findings(series_uid)


@pytest.mark.parametrize("case", CHARACTER_SETS)
def test_names_of_every_character_set_reach_the_results(case: str, tiny: Sample, tmp_path: Path) -> None:
    """The results are in UTF-8 and hold the name that the source meant; an impossible set costs no result."""
    character_set, raw, expected = CHARACTER_SETS[case]
    folder = copied(tiny, tmp_path / "in", with_values(SpecificCharacterSet=character_set), raw)

    for content in results_of(folder).values():
        name = str(dcmread(DicomBytesIO(content)).PatientName)
        assert name
        assert expected is None or expected in name


@pytest.mark.parametrize("case", HOPELESS)
def test_what_cannot_be_used_is_refused_in_one_line(case: str, tiny: Sample, tmp_path: Path) -> None:
    """A series without geometry or modality gives one sentence, without path and patient, and no object."""
    folder = copied(tiny, tmp_path / "in", HOPELESS[case])

    with pytest.raises(SpinesegError) as caught:
        results_of(folder)

    assert len(str(caught.value).splitlines()) == 1
    assert str(tmp_path) not in str(caught.value)
    assert "PHANTOM" not in str(caught.value).upper()


def test_there_are_forty_poor_headers() -> None:
    """The promise of the conformance statement counts what is tried."""
    assert len(POOR) + len(CHARACTER_SETS) + len(HOPELESS) >= 40


@pytest.mark.parametrize("case", ["no type 2 at all", "two names", "year of birth only", "UIDs of 64 characters"])
def test_results_of_poor_headers_conform(
    case: str, tiny: Sample, tmp_path: Path, conformance_errors: Callable[[Path], list[str]]
) -> None:
    """Dciodvfy finds no error in what was made of them."""
    for name, content in results_of(copied(tiny, tmp_path / "in", POOR[case])).items():
        (tmp_path / name).write_bytes(content)
        assert conformance_errors(tmp_path / name) == []


def test_markup_in_a_header_is_text_on_the_page(tiny: Sample, tmp_path: Path) -> None:
    """A patient's name never runs as a script in the reader's browser."""
    change = with_values(PatientName=MARKED, PatientID=MARKED, StudyDescription=MARKED, SeriesDescription=MARKED)
    series = series_in(copied(tiny, tmp_path / "in", change))
    volume = load_volume(ChosenSeries(series=series, role=SeriesRole.AXIAL_T2, score=0.0, reasons=()))
    masks = segmentation_on(volume.image, series.series_instance_uid)
    one = ReportInput(series=series, volume=volume, segmentation=masks)

    page = build_report([one], make_findings(series.series_instance_uid), now=NOW).texts["report.html"]

    assert MARKED not in page
    assert "&lt;script&gt;" in page
