"""Masks + Source -> grayscale softcopy presentation state: outlines and names drawn on the source's own frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from highdicom.color import CIELabColor
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    TextObject,
)
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pydicom.valuerep import DA, TM

from spineseg.domain.findings import Findings
from spineseg.domain.labels import ANATOMY, LESION_RGB, SPINAL_CORD
from spineseg.reporting.context import (
    DEVICE_SERIAL_NUMBER,
    MANUFACTURER,
    MODEL_NAME,
    PRESENTATION_SERIES,
    ResultContext,
    finish,
)
from spineseg.reporting.frame_outlines import structures_on_frames
from spineseg.reporting.grey_scale import grey_scale
from spineseg.reporting.outlines import LESION_NAME, Structure
from spineseg.reporting.pictures import ReportInput
from spineseg.reporting.source import Source
from spineseg.reporting.wording import SHORT_BANNER, doubtful_names

PRESENTATION_FILE = "outlines.gsps.dcm"
_UNITS = "PIXEL"
_BONE_RGB = (150, 220, 150)


def build_presentation_state(
    one: ReportInput,
    source: Source,
    frames: Sequence[int],
    findings: Findings,
    context: ResultContext,
    *,
    lesion_ranks: Mapping[int, int],
    position: int,
) -> Dataset | None:
    """Outlines on some frames of one series; None where they cut nothing or their grey scale cannot be told.

    Parameters
    ----------
    frames
        Indices into the source's frames.
    lesion_ranks
        Value in the lesion mask -> number of the lesion in the report.
    position
        Of the series among the inputs, from 0.
    """
    doubtful = doubtful_names(findings, one.series.series_instance_uid)
    cut = structures_on_frames(one.segmentation, source, frames, doubtful=doubtful, lesion_ranks=lesion_ranks)
    images = _images(source)
    greys = grey_scale(one.volume, source, tuple(cut), images) if cut else None
    if greys is None:
        return None
    uid, part = source.series.series_instance_uid, str(source.series.part)
    layers = _layers()
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=[images[name] for name in dict.fromkeys(source.sop_instance_uids[frame] for frame in cut)],
        series_instance_uid=context.uid("presentation", "series", uid, part),
        series_number=PRESENTATION_SERIES + position,
        sop_instance_uid=context.uid("presentation", "instance", uid, part),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MODEL_NAME,
        software_versions=context.software_versions,
        device_serial_number=DEVICE_SERIAL_NUMBER,
        content_label="SPINE_OUTLINES",
        content_description=f"Outlines of spine and lesions. {SHORT_BANNER}"[:64],  # LO
        graphic_annotations=[
            annotation
            for frame, structures in cut.items()
            for annotation in _annotations(source, frame, structures, layers, images)
        ],
        graphic_layers=list(layers.values()),
        modality_lut_transformation=greys.rescale,
        voi_lut_transformations=greys.windows,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        series_description="spineseg outlines (research use only)",
    )
    _finish(state, source, context)
    return state


def _images(source: Source) -> dict[str, Dataset]:
    """Header of each file by its SOP Instance UID, as highdicom needs it."""
    images = {}
    for header in source.headers:
        image = Dataset()
        image.update(header)
        image.SamplesPerPixel = 1
        if source.multi_frame:  # frames are named by their number in the file, of which the series may be a part
            image["NumberOfFrames"] = DataElement("NumberOfFrames", "IS", max(source.frame_numbers))
        images[str(header.SOPInstanceUID)] = image
    return images


def _layers() -> dict[str, GraphicLayer]:
    """Layers that a reader can switch off, lesions drawn last."""
    rows = (
        ("VERTEBRAE", "Vertebrae and discs with names", _BONE_RGB),
        ("CANAL", "Cord, cauda equina, sac, canal", ANATOMY[SPINAL_CORD].rgb),
        ("LESIONS", "Suspected lesions", LESION_RGB),
    )
    return {
        name: GraphicLayer(name, order, description=words, display_color=CIELabColor.from_rgb(*rgb))
        for order, (name, words, rgb) in enumerate(rows, start=1)
    }


def _layer_of(structure: Structure) -> str:
    if structure.name == LESION_NAME:
        return "LESIONS"
    return "CANAL" if structure.name else "VERTEBRAE"


def _annotations(
    source: Source,
    frame: int,
    structures: Sequence[Structure],
    layers: Mapping[str, GraphicLayer],
    images: Mapping[str, Dataset],
) -> Iterator[GraphicAnnotation]:
    """One annotation a layer that the frame cuts something of."""
    for name, layer in layers.items():
        own = [structure for structure in structures if _layer_of(structure) == name]
        if own:
            yield GraphicAnnotation(
                referenced_images=[images[source.sop_instance_uids[frame]]],
                graphic_layer=layer,
                referenced_frame_number=source.frame_numbers[frame] if source.multi_frame else None,
                graphic_objects=[_line(contour, source) for structure in own for contour in structure.contours],
                text_objects=[_text(structure, source) for structure in own if structure.label] or None,
            )


def _line(contour: NDArray[np.float64], source: Source) -> GraphicObject:
    return GraphicObject("POLYLINE", _on_image(contour, source), _UNITS)


def _text(structure: Structure, source: Source) -> TextObject:
    column, row = _on_image(np.array([structure.anchor]), source)[0]
    return TextObject(structure.label, _UNITS, anchor_point=(float(column), float(row)), anchor_point_visible=False)


def _on_image(places: NDArray[np.float64], source: Source) -> NDArray[np.float64]:
    """Row, column from the first pixel's middle -> column, row from its corner, within the image (PS3.3 C.10.5.1.2)."""
    rows, columns = source.shape[1:]
    return np.asarray(np.round(np.clip(places[:, ::-1] + 0.5, 0.0, (columns, rows)), 2), dtype=np.float64)


def _finish(state: Dataset, source: Source, context: ResultContext) -> None:
    """Patient, study and dates; the true shape of the pixels, which highdicom takes for squares."""
    finish(state, context, source.patient_study)
    state.BodyPartExamined = "SPINE"
    for keyword in ("ContentDate", "ContentTime"):  # a presentation state has dates of its own
        state.pop(keyword, None)
    state.PresentationCreationDate, state.PresentationCreationTime = DA(context.content_date), TM(context.content_time)
    for area in state.DisplayedAreaSelectionSequence:
        area.pop("PixelOriginInterpretation", None)  # for tiled images only (PS3.3 C.10.4)
        del area.PresentationPixelAspectRatio
        area.PresentationPixelSpacing = [round(float(size), 6) for size in source.pixel_spacing_mm]
