"""Picture -> DICOM secondary capture: the key images, for viewers that show neither SEG nor SR."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from highdicom.sc import SCImage
from pydicom.dataset import Dataset
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import UID, RLELossless
from pydicom.valuerep import DA, TM

from spineseg.reporting.context import KEY_IMAGE_SERIES, MANUFACTURER, ResultContext, finish
from spineseg.reporting.drawing import compose
from spineseg.reporting.frames import nearest_frame
from spineseg.reporting.pictures import Picture
from spineseg.reporting.source import Source
from spineseg.reporting.wording import SHORT_BANNER

_RGB = "RGB"


def build_key_image(picture: Picture, source: Source, context: ResultContext, *, number: int) -> Dataset:
    """One key image: the view without and with outlines, side by side, with title, legend and banner.

    Parameters
    ----------
    number
        From 1; instance number and part of the UID.
    """
    pixels = compose(
        [picture.plain, picture.outlined],
        title=picture.title,
        subtitle=picture.caption,
        structures=picture.legend,
        banner=f"{SHORT_BANNER} - {context.software_versions}",
    )
    colours = _colours(context.seg_type.transfer_syntax_uid)
    if colours != _RGB:
        pixels = convert_color_space(pixels, _RGB, colours)
    image = SCImage(
        pixel_array=np.ascontiguousarray(pixels),
        photometric_interpretation=colours,
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=picture.patient_orientation,
        study_instance_uid=source.patient_study.StudyInstanceUID,
        series_instance_uid=context.uid("key images", "series"),
        series_number=KEY_IMAGE_SERIES,
        sop_instance_uid=context.uid("key images", "instance", str(number), *([] if colours == _RGB else [colours])),
        instance_number=number,
        manufacturer=MANUFACTURER,
        transfer_syntax_uid=context.seg_type.transfer_syntax_uid,
        series_description="spineseg key images (research use only)",
    )
    # "YES" would mean that the pixels identify the patient (PS3.3 C.7.6.1.1).
    image.BurnedInAnnotation = "NO"
    image.BodyPartExamined = "SPINE"
    image.DateOfSecondaryCapture = DA(context.content_date)
    image.TimeOfSecondaryCapture = TM(context.content_time)
    image.ConversionType = "WSD"
    image.SourceImageSequence = [_reference(source, picture)]
    finish(image, context, source.patient_study)
    return image


def _colours(transfer_syntax_uid: UID) -> str:
    """Colour space: run lengths of a grey picture's three equal colours are three times those of its luminance.

    Grey is the same in both spaces, coloured lines differ by a step or two of 255 (PS3.3 C.7.6.3.1.2).
    """
    return "YBR_FULL" if transfer_syntax_uid == RLELossless else _RGB


def key_headers(pictures: Sequence[Picture], source: Source) -> tuple[Dataset, ...]:
    """Headers of the source images next to the middle of each picture of this series, each once."""
    own = [one for one in pictures if one.input.series is source.series]
    numbers = {nearest_frame(source, one.point_mm) for one in own} or {source.shape[0] // 2}
    uids = {source.sop_instance_uids[number] for number in numbers}
    return tuple(header for header in source.headers if header.SOPInstanceUID in uids)


def _reference(source: Source, picture: Picture) -> Dataset:
    frame = nearest_frame(source, picture.point_mm)
    item = Dataset()
    item.ReferencedSOPClassUID = source.headers[0].SOPClassUID
    item.ReferencedSOPInstanceUID = source.sop_instance_uids[frame]
    if source.multi_frame:
        item.ReferencedFrameNumber = source.frame_numbers[frame]
    return item
