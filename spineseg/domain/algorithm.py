"""Who segmented -> AlgorithmIdentity: name, version and the hashes of the weights; imports no image library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmIdentity:
    """Who made a result: enough to tell two results apart and to find the weights.

    Parameters
    ----------
    segmenter
        "bundle", "truth", "masks".
    weights_sha256
        SHA-256 of each weight file, anatomy then lesions; empty where no network took part.
    """

    name: str
    version: str
    segmenter: str
    weights_sha256: tuple[str, ...] = ()
