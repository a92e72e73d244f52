"""Volume -> Segmentation: the shipped networks or masks made elsewhere, behind one seam."""

from spineseg.segmentation.inference import BundleSegmenter
from spineseg.segmentation.masks import MaskSegmenter

__all__ = ["BundleSegmenter", "MaskSegmenter"]
