from __future__ import annotations

import numpy as np

from spineseg.anatomy.boxes import label_box, label_boxes
from spineseg.domain.volume import make_grid


def test_every_label_has_the_box_that_holds_it():
    """Each label that is there has its smallest box; one that is absent has none."""
    array = np.zeros((4, 5, 6), dtype=np.uint8)
    array[1:3, 2, 4:6] = 7
    array[0, 0, 0] = 200
    labels = make_grid(array, np.eye(4))
    assert label_boxes(labels) == {
        7: (slice(1, 3), slice(2, 3), slice(4, 6)),
        200: (slice(0, 1), slice(0, 1), slice(0, 1)),
    }
    assert label_box(labels, 7) == (slice(1, 3), slice(2, 3), slice(4, 6))
    assert label_box(labels, 8) is None
