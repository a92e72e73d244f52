"""Series -> why it cannot be analysed, or None: everything that is not an image of the spine as it was acquired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, EnhancedMRImageStorage, MRImageStorage

from spineseg.domain.study import Refusal, Series
from spineseg.domain.volume import Modality
from spineseg.ingest.weighting import Weighting, codes, weighting_of
from spineseg.ingest.words import Word

Reason = tuple[Refusal, str]

MIN_SLICES = 4  # fewer are a localizer or a fragment [P]
_LOCALIZER_SLICES = 20  # a three-plane localizer has at most a few slices in each plane [P]

_LEGACY_CONVERTED_MR = "1.2.840.10008.5.1.4.1.1.4.4"
_LEGACY_CONVERTED_CT = "1.2.840.10008.5.1.4.1.1.2.2"
_IMAGE_CLASSES = frozenset(
    {CTImageStorage, MRImageStorage, EnhancedCTImageStorage, EnhancedMRImageStorage, _LEGACY_CONVERTED_MR,
     _LEGACY_CONVERTED_CT}
)  # fmt: skip
_SECONDARY_CAPTURE_ROOT = "1.2.840.10008.5.1.4.1.1.7"  # and its multi-frame children (PS3.4 B.5)

# Values of Image Type (0008,0008): PS3.3 C.7.6.1.1.2, C.8.2.1.1.1, C.8.3.1.1.1, C.8.13.3.1.1 and the vendors' own.
_LOCALIZER_TYPES = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM", "SURVEY"})
_PROJECTION_TYPES = frozenset(
    {"PROJECTION IMAGE", "PROJECTION", "MIP", "MAX_IP", "MINIP", "MIN_IP", "VOLREN", "VOLUME_RENDER", "VRT", "3D"}
)
_MAP_TYPES = frozenset(
    {"ADC", "ADC_UNSPECIFIED", "FA", "TRACEW", "DIFFUSION", "DIFFUSION_ANISO", "EADC", "SUBTRACTION", "SUB", "MASK",
     "PHASE", "PHASE MAP", "P", "REAL", "IMAGINARY", "T1 MAP", "T2 MAP", "T2_STAR MAP", "DENSITY MAP", "PERFUSION",
     "VELOCITY", "VELOCITY MAP", "FMRI", "MOSAIC", "B0 MAP", "R2_MAP", "R2STAR_MAP", "FIELD_MAP"}
)  # fmt: skip
# Secondary images that are still what was acquired, in another plane.
_REFORMAT_TYPES = frozenset({"MPR", "REFORMATTED", "MPR_THICK", "RESAMPLED", "AVERAGE"})
_SCREEN_TYPES = frozenset({"SCREEN SAVE", "SCREEN_SAVE", "POSDISP", "CSA POSDISP", "RESULT"})


def refusal_of(series: Series) -> Reason | None:
    """First reason against a series by itself, from the plainest to the finest."""
    for check in (_by_object, _by_image_type, _by_words, _by_geometry, _by_body_part, _by_contrast):
        reason = check(series)
        if reason is not None:
            return reason
    return None


def is_reformatted(series: Series) -> bool:
    """Whether the images were computed in another plane from those acquired."""
    types = codes(series.attributes, "ImageType")
    return "DERIVED" in types[:1] or "SECONDARY" in types[1:2]


def plane_of(series: Series) -> str:
    """Plane nearest to the slices: sagittal, coronal or axial; empty without orientation."""
    if series.image_orientation_patient is None:
        return ""
    orientation = np.asarray(series.image_orientation_patient)
    normal = np.cross(orientation[:3], orientation[3:])
    return ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(normal)))]


def localizers_of(series: Iterable[Series]) -> frozenset[str]:
    """Series Instance UIDs whose parts show all three planes in a few slices each."""
    parts: defaultdict[str, list[Series]] = defaultdict(list)
    for one in series:
        parts[one.series_instance_uid].append(one)
    return frozenset(uid for uid, members in parts.items() if _is_three_plane(members))


def _is_three_plane(parts: list[Series]) -> bool:
    planes = {plane_of(part) for part in parts} - {""}
    return len(planes) == 3 and all(part.number_of_slices <= _LOCALIZER_SLICES for part in parts)


def _by_object(series: Series) -> Reason | None:
    sop_class = series.instances[0].sop_class_uid
    if sop_class not in _IMAGE_CLASSES:
        if any("SPINESEG" in value for value in codes(series.attributes, "Manufacturer")):
            return Refusal.OWN_RESULT, ""
        if sop_class == _SECONDARY_CAPTURE_ROOT or sop_class.startswith(_SECONDARY_CAPTURE_ROOT + "."):
            return Refusal.SECONDARY_CAPTURE, ""
    if series.modality not in set(Modality):
        if series.rows and series.columns and series.modality not in ("SEG", "KO", "PR", "RTDOSE"):
            return Refusal.UNSUPPORTED_MODALITY, ""
        return Refusal.RESULT_OBJECT, ""
    return None if sop_class in _IMAGE_CLASSES else (Refusal.RESULT_OBJECT, "")


def _by_image_type(series: Series) -> Reason | None:
    types = set(codes(series.attributes, "ImageType"))
    if types & _LOCALIZER_TYPES:
        return Refusal.LOCALIZER, "by image type"
    if types & _PROJECTION_TYPES:
        return Refusal.PROJECTION, "by image type"
    if types & _SCREEN_TYPES:
        return Refusal.SECONDARY_CAPTURE, "by image type"
    if found := sorted(types & _MAP_TYPES):
        return Refusal.DERIVED, f"image type {found[0]}"
    secondary = "SECONDARY" in codes(series.attributes, "ImageType")[1:2]
    derived = "DERIVED" in codes(series.attributes, "ImageType")[:1]
    if derived and secondary and not types & _REFORMAT_TYPES:
        return Refusal.DERIVED, "derived and secondary, and no reformat"
    return None


_REFUSED_WORDS: Mapping[Word, Reason] = {
    Word.LOCALIZER: (Refusal.LOCALIZER, "by description"),
    Word.PROJECTION: (Refusal.PROJECTION, "by description"),
    Word.SUBTRACTION: (Refusal.DERIVED, "subtraction by description"),
    Word.PARAMETER_MAP: (Refusal.DERIVED, "parameter map by description"),
}


def _by_words(series: Series) -> Reason | None:
    words = codes(series.attributes, "SeriesWords")
    return next((reason for word, reason in _REFUSED_WORDS.items() if word.value in words), None)


def _by_geometry(series: Series) -> Reason | None:
    if series.image_orientation_patient is None or series.extent_mm is None:
        return Refusal.NO_POSITION, ""
    if series.number_of_slices < MIN_SLICES:
        return Refusal.TOO_FEW_SLICES, f"{series.number_of_slices} of at least {MIN_SLICES}"
    if series.geometry_fault:
        return Refusal.GEOMETRY, series.geometry_fault
    return None


def _by_body_part(series: Series) -> Reason | None:
    """Another body part, said plainly and contradicted by nothing."""
    words = {
        word for keyword in ("BodyPartWords", "SeriesWords", "StudyWords") for word in codes(series.attributes, keyword)
    }
    shows_spine = {Word.SPINE.value, Word.TRUNK.value} & words
    if Word.OTHER_BODY_PART.value in words and not shows_spine:
        return Refusal.NOT_SPINE, "by body part or description"
    return None


def _by_contrast(series: Series) -> Reason | None:
    """Echo-planar and vessel images: distorted, or without the contrast that any role needs."""
    if series.modality != Modality.MR:
        return None
    evidence = weighting_of(series.attributes)
    unusable = evidence.weighting in (Weighting.DIFFUSION, Weighting.PERFUSION)
    return (Refusal.UNKNOWN_CONTRAST, evidence.reason) if unusable else None
