"""Volume -> Segmentation: `inference.BundleSegmenter` (networks) or `masks.MaskSegmenter` (masks made elsewhere).

Nothing is imported here: `metadata` must be readable without torch.
"""
