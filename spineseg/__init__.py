"""Spine MRI and CT -> segmentation, graded DICOM report, treatment options by sourced rules."""

__version__ = "0.1.0"

__all__ = ["__version__"]
