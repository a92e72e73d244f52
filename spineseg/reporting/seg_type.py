"""How the pixels of the results are encoded: the setting of `--seg-type`, without any image library."""

from __future__ import annotations

from enum import StrEnum

from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGLSLossless, RLELossless


class SegType(StrEnum):
    """Encoding of a SEG.

    `BINARY` is what every archive and viewer takes: one bit a pixel and a frame for each segment, native. A label map
    (PS3.3 A.51, SOP class 1.2.840.10008.5.1.4.1.1.66.7) is far smaller, and newer: not every archive stores it.
    """

    BINARY = "binary"
    LABELMAP = "labelmap"
    LABELMAP_JPEGLS = "labelmap-jpegls"

    @property
    def is_labelmap(self) -> bool:
        """Whether all segments share one frame a slice."""
        return self is not SegType.BINARY

    @property
    def transfer_syntax_uid(self) -> UID:
        """Of masks and key images: native, or lossless RLE, which more receivers decode, or JPEG-LS, the smallest."""
        return _TRANSFER_SYNTAXES[self]


_TRANSFER_SYNTAXES = {
    SegType.BINARY: ExplicitVRLittleEndian,
    SegType.LABELMAP: RLELossless,
    SegType.LABELMAP_JPEGLS: JPEGLSLossless,
}
