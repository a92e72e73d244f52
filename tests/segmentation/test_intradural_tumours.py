from __future__ import annotations

import numpy as np

from spineseg.segmentation.classes import AnatomyClass
from spineseg.segmentation.growth import SAC
from spineseg.segmentation.intradural_tumours import extramedullary_tumour, intramedullary_tumour
from tests.segmentation.backdrops import toy_classes

CLASSES = toy_classes()
SAC_MASK = np.isin(CLASSES, SAC)
CORD = CLASSES == AnatomyClass.SPINAL_CORD


def test_extramedullary_tumours_stay_under_the_dura() -> None:
    """No tumour reaches beyond the sac, and the cord is pushed away from its middle."""
    for seed in range(4):
        growth = extramedullary_tumour(CLASSES, np.random.default_rng(seed), 1.0)

        assert growth is not None
        assert growth.soft[~SAC_MASK].max() == 0
        level = int(np.bincount(np.nonzero(growth.soft > 0.5)[2]).argmax())
        middle = np.argwhere(growth.soft[..., level] > 0.5).mean(axis=0)
        away = np.argwhere(CORD[..., level]).mean(axis=0) - middle
        pushed = growth.push[:, CORD[..., level], level].mean(axis=1)
        assert pushed @ away >= 0


def test_intramedullary_tumours_swell_the_cord() -> None:
    """More voxels than before take their content from the cord, and oedema reaches beyond the tumour."""
    growth = intramedullary_tumour(CLASSES, np.random.default_rng(7), 1.0)

    assert growth is not None
    level = int(np.bincount(np.nonzero(growth.soft > 0.5)[2]).argmax())
    x, y = np.indices(CORD.shape[:2])
    source = np.rint(np.stack([x, y]) - growth.push[..., level]).astype(int)
    assert CORD[source[0], source[1], level].sum() > CORD[..., level].sum()
    assert np.ptp(np.nonzero(growth.oedema > 0.5)[2]) > np.ptp(np.nonzero(growth.soft > 0.5)[2])


def test_no_cord_no_intramedullary_tumour() -> None:
    """Below the conus there is nothing to swell."""
    cauda = np.where(CORD, np.uint8(AnatomyClass.CAUDA_EQUINA), CLASSES)

    assert intramedullary_tumour(cauda, np.random.default_rng(0), 1.0) is None
