"""Segmentation -> SpineAnatomy: the geometry of a labelled spine."""

from spineseg.anatomy.describe import describe_spine

__all__ = ["describe_spine"]
