"""Tests of spineseg.cli.segmenters."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from spineseg.cli.segmenters import DeferredSegmenter, make_segmenter
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Volume
from spineseg.errors import BundleNotFoundError, SettingsError


class _Named:
    algorithm = AlgorithmIdentity(name="spineseg", version="0", segmenter="test")

    def __call__(self, volume: Volume) -> Segmentation:
        raise NotImplementedError


def _options(segmenter: str, model: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(segmenter=segmenter, model=model, device="cpu")


def test_a_deferred_segmenter_is_made_once_and_only_when_asked() -> None:
    """Nothing is loaded before the first question, and nothing twice."""
    made: list[int] = []

    def make() -> _Named:
        made.append(1)
        return _Named()

    deferred = DeferredSegmenter(make)
    assert made == []
    assert deferred.algorithm.segmenter == "test"
    assert deferred.algorithm.segmenter == "test"
    assert made == [1]


def test_a_folder_without_bundles_is_a_bundle_error(tmp_path: Path) -> None:
    """--model with the wrong folder is told apart from a wrong study."""
    segmenter = make_segmenter(_options("bundle", tmp_path))

    with pytest.raises(BundleNotFoundError):
        _ = segmenter.algorithm


@pytest.mark.parametrize("choice", ["masks", "masks:", "nnunet"])
def test_other_choices_are_refused_at_once(choice: str) -> None:
    """A mask segmenter without a path, or an unknown one, is a usage error."""
    with pytest.raises(SettingsError):
        make_segmenter(_options(choice))
