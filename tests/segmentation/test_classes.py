from __future__ import annotations

import numpy as np

from spineseg.domain import labels
from spineseg.segmentation.classes import (
    AnatomyClass,
    LesionClass,
    Stage,
    anatomy_targets,
    class_names,
    context_channels,
    lesion_targets,
)


def test_every_label_has_its_class() -> None:
    """Named and unnamed vertebrae, discs and canal contents land in the class of their kind."""
    anatomy = np.array([0, 15, 15, 40, 26, 115, 140, 60, 61, 62, 63, 64], np.uint8)
    subregions = np.array([0, 49, 41, 49, 0, 0, 0, 0, 0, 0, 0, 0], np.uint8)

    found = anatomy_targets(anatomy, subregions)

    member = AnatomyClass
    assert found.tolist() == [
        member.BACKGROUND, member.VERTEBRAL_BODY, member.POSTERIOR_ELEMENTS, member.VERTEBRAL_BODY, member.SACRUM,
        member.DISC, member.DISC, member.SPINAL_CORD, member.EPIDURAL_SPACE, member.CSF, member.CAUDA_EQUINA,
        member.EPIDURAL_SPACE,
    ]  # fmt: skip
    assert all(anatomy_targets(np.array([value], np.uint8), np.zeros(1, np.uint8))[0] > 0 for value in labels.ANATOMY)


def test_targets_do_not_change_their_input() -> None:
    """Masks are read, never written."""
    anatomy, subregions = np.array([15], np.uint8), np.array([49], np.uint8)
    anatomy.flags.writeable = False

    anatomy_targets(anatomy, subregions)

    assert anatomy.tolist() == [15]


def test_a_lesion_takes_the_class_of_what_it_occupies() -> None:
    """Bone, epidural, intradural, intramedullary and paraspinal voxels of one lesion; healthy ones beside them."""
    member = AnatomyClass
    anatomy = np.array(
        [member.VERTEBRAL_BODY, member.EPIDURAL_SPACE, member.CSF, member.SPINAL_CORD, 0, member.DISC], np.uint8
    )

    diseased = lesion_targets(anatomy, np.full(6, 3, np.uint8))
    healthy = lesion_targets(anatomy, np.zeros(6, np.uint8))

    kind = LesionClass
    assert diseased.tolist() == [
        kind.BONE_LESION, kind.EPIDURAL_TUMOUR, kind.INTRADURAL_LESION, kind.INTRADURAL_LESION, kind.BONE_LESION,
        kind.BONE_LESION,
    ]  # fmt: skip
    assert healthy.tolist() == [kind.BONE, kind.EPIDURAL_SPACE, kind.CSF, kind.CORD, kind.BACKGROUND, kind.DISC]


def test_context_tells_bone_disc_canal_and_cord() -> None:
    """Cord belongs to canal and cord; background to none."""
    member = AnatomyClass

    context = context_channels(np.array([0, member.SACRUM, member.DISC, member.CSF, member.CAUDA_EQUINA], np.uint8))

    np.testing.assert_array_equal(context, [[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]])


def test_class_names_are_in_channel_order() -> None:
    """Channel 0 is background for both networks."""
    assert class_names(Stage.ANATOMY)[AnatomyClass.CAUDA_EQUINA] == "cauda_equina"
    assert class_names(Stage.LESIONS)[LesionClass.DISC] == "disc"
    assert {class_names(stage)[0] for stage in Stage} == {"background"}


def test_c2_and_ribs_have_classes_of_their_own() -> None:
    """The body of C2 is the axis, its arch is not; a rib is no bone of the spine."""
    anatomy = np.array([2, 2, 3, 0, 60], np.uint8)
    subregions = np.array(
        [labels.VERTEBRAL_BODY, labels.POSTERIOR_ELEMENTS, labels.VERTEBRAL_BODY, labels.RIB, labels.RIB]
    )

    found = anatomy_targets(anatomy, subregions.astype(np.uint8))

    member = AnatomyClass
    assert found.tolist() == [
        member.AXIS, member.POSTERIOR_ELEMENTS, member.VERTEBRAL_BODY, member.RIB, member.SPINAL_CORD,
    ]  # fmt: skip
    assert not context_channels(np.array([[[AnatomyClass.RIB]]], np.uint8)).any()
