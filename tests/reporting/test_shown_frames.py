"""Tests of spineseg.reporting.shown_frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.domain.volume import like
from spineseg.reporting.pictures import make_pictures
from spineseg.reporting.shown_frames import MAX_FRAMES, shown_frames
from spineseg.reporting.source import read_source
from tests.reporting.samples import LESION_CENTRE_MM, Sample, make_findings


def test_the_slices_of_pictures_and_lesions_are_shown(sample: Sample) -> None:
    """The frame that cuts most of the lesion is among them, each once and in order."""
    source = read_source(sample.input.series)
    pictures = make_pictures([sample.input], make_findings(sample.input.series.series_instance_uid))

    frames = shown_frames(source, sample.input, pictures)

    assert list(frames) == sorted(set(frames))
    nearest = np.abs(source.positions_mm[list(frames), 2] - LESION_CENTRE_MM[2]).min()
    assert nearest <= 1.5  # half a slice


def test_a_series_of_many_lesions_stays_short_and_one_without_shows_its_middle(sample: Sample) -> None:
    """Frames are limited; a series without picture and lesion is still shown."""
    one, source = sample.input, read_source(sample.input.series)
    lesions = one.segmentation.lesions
    many = np.zeros_like(lesions.array)
    for frame in range(many.shape[0]):
        many[frame, 10:14, 10:14] = frame + 1
    full, empty = (
        replace(one, segmentation=replace(one.segmentation, lesions=like(lesions, array)))
        for array in (many, np.zeros_like(many))
    )

    assert len(shown_frames(source, full, ())) == min(MAX_FRAMES, many.shape[0])
    assert shown_frames(source, empty, ()) == (many.shape[0] // 2,)
