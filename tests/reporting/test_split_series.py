"""Results on series that lie in several multi-frame files, or share one file: every reference names the true frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from highdicom.seg import segread
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.domain.labels import ANATOMY
from spineseg.reporting import ReportInput, build_report, read_findings, write_report
from tests.reporting.conftest import NOW
from tests.reporting.multi_frame import PHASE_INTERCEPT, PHASE_SLOPE, inputs_of, write_files, write_two_stacks
from tests.reporting.samples import LESION_CENTRE_MM, LESION_RADIUS_MM, make_findings, make_sample, masks_at

SPLITS: dict[str, Sequence[Sequence[int]]] = {
    "two slabs": (range(10), range(10, 26)),
    "odd and even slices": (range(0, 26, 2), range(1, 26, 2)),
    "a file a slice": [[number] for number in range(26)],
}


class Written:
    """Results of a folder's series and the places of the frames that they refer to."""

    def __init__(self, source: Path, out: Path) -> None:
        self.inputs = inputs_of(source)
        self.findings = make_findings(self.inputs[0].series.series_instance_uid)
        write_report(build_report(self.inputs, self.findings, now=NOW), out)
        self.out = out
        files = [dcmread(path) for path in sorted(source.glob("*.dcm"))]
        self.files = {str(one.SOPInstanceUID): one for one in files}

    def height_mm(self, uid: str, frame_number: int) -> float:
        """Of a frame, by its own file."""
        group = self.files[uid].PerFrameFunctionalGroupsSequence[frame_number - 1]
        return float(group.PlanePositionSequence[0].ImagePositionPatient[2])

    def reference(self, item: Dataset) -> tuple[str, int]:
        """Instance and frame that an item names."""
        return str(item.ReferencedSOPInstanceUID), int(item.ReferencedFrameNumber)


@pytest.fixture(scope="module", params=SPLITS)
def split(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """One volume over several files."""
    folder = tmp_path_factory.mktemp("split")
    write_files(folder / "in", make_sample(folder / "single"), SPLITS[request.param])
    written = Written(folder / "in", folder / "out")
    assert len(written.inputs) == 1
    assert written.inputs[0].volume.image.spatial_shape == (26, 72, 64)
    return written


@pytest.fixture(scope="module")
def two_stacks(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Two volumes in one file, frame by frame."""
    folder = tmp_path_factory.mktemp("stacks")
    write_two_stacks(folder / "in", make_sample(folder / "single"))
    written = Written(folder / "in", folder / "out")
    assert len(written.inputs) == 2
    return written


def check_masks(written: Written, path: Path, one: ReportInput) -> set[tuple[str, int]]:
    """Every frame of a SEG lies where the frame that it names lies, with the mask of that place; the frames named."""
    seg = segread(path)
    named = set()
    shared = seg.SharedFunctionalGroupsSequence[0]
    pixels = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns)
    own = one.segmentation.lesions.array if path.name.startswith("lesions") else one.segmentation.anatomy.array
    for group, mask in zip(seg.PerFrameFunctionalGroupsSequence, pixels, strict=True):
        (item,) = group.DerivationImageSequence[0].SourceImageSequence
        uid, number = written.reference(item)
        assert item.ReferencedSOPClassUID == written.files[uid].SOPClassUID
        position = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        assert position[2] == pytest.approx(written.height_mm(uid, number))
        identified = group if "SegmentIdentificationSequence" in group else shared
        name = seg.get_segment_description(
            int(identified.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        ).segment_label
        np.testing.assert_array_equal(mask > 0, mask_at(name, position, mask.shape))
        named.add((uid, number))
    assert sum(int(mask.sum()) for mask in pixels) == np.count_nonzero(own)
    listed = {str(item.ReferencedSOPInstanceUID) for item in seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence}
    assert listed == {instance.sop_instance_uid for instance in one.series.instances}
    assert listed == {str(item.ReferencedSOPInstanceUID) for item in seg.SourceImageSequence}
    return named


def mask_at(name: str, position: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The structure of a segment on an axial frame with pixels of 1 mm."""
    rows, columns = np.indices(shape)
    points = np.stack([position[0] + columns, position[1] + rows, np.full(shape, position[2])], axis=-1)
    anatomy, _, lesions = masks_at(np.round(points, 6))
    if name.startswith("Suspected"):
        return lesions > 0
    value = next(one.value for one in ANATOMY.values() if one.name == name.removesuffix(" (assumed)"))
    return anatomy == value


def check_outlines(written: Written, path: Path) -> set[tuple[str, int]]:
    """Lesion outlines of a presentation state lie around the lesion on the frames that they name; the frames named."""
    state = dcmread(path)
    named = set()
    for annotation in state.GraphicAnnotationSequence:
        (item,) = annotation.ReferencedImageSequence
        uid, number = written.reference(item)
        named.add((uid, number))
        if annotation.GraphicLayer != "LESIONS":
            continue
        height = written.height_mm(uid, number)
        radius = float(np.sqrt(LESION_RADIUS_MM**2 - (height - LESION_CENTRE_MM[2]) ** 2))
        points = np.concatenate([np.reshape(one.GraphicData, (-1, 2)) for one in annotation.GraphicObjectSequence])
        assert np.ptp(points[:, 0]) == pytest.approx(2 * radius, abs=2.0)  # pixels of 1 mm
    return named


def test_a_volume_over_several_files_is_referred_to_frame_by_frame(split: Written) -> None:
    """SEG frames name the file and the frame in it that they lie on, and hold the mask of that place."""
    (one,) = split.inputs

    named = check_masks(split, split.out / "anatomy.seg.dcm", one)
    check_masks(split, split.out / "lesions.seg.dcm", one)

    assert len(named) == 24  # slices of 3 mm within the 72 mm of the spine
    assert len({uid for uid, _ in named}) == min(len(split.files), 24)


def test_annotations_of_several_files_name_the_right_frames(split: Written) -> None:
    """Presentation state, key images and key objects name existing frames of the files that hold them."""
    named = check_outlines(split, split.out / "outlines.gsps.dcm")
    key = dcmread(split.out / "key-02.sc.dcm").SourceImageSequence[0]
    references = [
        reference
        for item in dcmread(split.out / "key-objects.ko.dcm").ContentSequence
        for reference in item.get("ReferencedSOPSequence") or ()
        if reference.ReferencedSOPInstanceUID in split.files
    ]
    chosen = {
        (str(one.ReferencedSOPInstanceUID), int(number))
        for one in references
        for number in np.atleast_1d(one.ReferencedFrameNumber)
    }

    assert split.height_mm(*split.reference(key)) == pytest.approx(LESION_CENTRE_MM[2], abs=1.6)  # half a slice
    assert named <= chosen
    assert len({one.ReferencedSOPInstanceUID for one in references}) == len(references)
    assert all(1 <= number <= split.files[uid].NumberOfFrames for uid, number in chosen)


def test_two_stacks_in_one_file_keep_their_own_frames(two_stacks: Written) -> None:
    """Each stack's SEG names its own frames of the file: the magnitude's are odd, the phase's even."""
    names = ("anatomy.seg.dcm", "anatomy-5.seg.dcm")

    named = [
        check_masks(two_stacks, two_stacks.out / name, one) for name, one in zip(names, two_stacks.inputs, strict=True)
    ]

    assert [{number % 2 for _, number in frames} for frames in named] == [{1}, {0}]


def test_each_stack_is_shown_in_its_own_grey(two_stacks: Written) -> None:
    """The presentation state of a stack repeats the rescale of the frames that it names, not of others in the file."""
    (file,) = two_stacks.files.values()
    scales = set()
    for name in ("outlines.gsps.dcm", "outlines-5.gsps.dcm"):
        state = dcmread(two_stacks.out / name)
        for _, number in check_outlines(two_stacks, two_stacks.out / name):
            own = file.PerFrameFunctionalGroupsSequence[number - 1].PixelValueTransformationSequence[0]
            assert float(state.RescaleSlope) == float(own.RescaleSlope)
            assert float(state.RescaleIntercept) == float(own.RescaleIntercept)
        scales.add((float(state.RescaleSlope), float(state.RescaleIntercept)))

    assert scales == {(1.0, 0.0), (PHASE_SLOPE, PHASE_INTERCEPT)}


def test_results_on_several_files_conform_and_are_read_back(
    split: Written, two_stacks: Written, conformance_errors: Callable[[Path], list[str]]
) -> None:
    """No object has an error, and the report gives the findings again."""
    for written in (split, two_stacks):
        paths = sorted(written.out.glob("*.dcm"))
        assert len(paths) >= 8
        assert [conformance_errors(path) for path in paths] == [[]] * len(paths)
        assert read_findings(written.out / "report.sr.dcm") == written.findings
