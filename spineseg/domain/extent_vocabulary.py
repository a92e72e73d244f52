"""Sectors, layers and surgical type of a lesion -> their codes (clinical.md sections 3.3, 3.4 and 5.5)."""

from __future__ import annotations

from pydicom.sr.coding import Code

from spineseg.domain.codes import private

# Weinstein, Boriani, Biagini: twelve sectors of 30 degrees around the canal.
WBB_SECTOR = private("SSQ015", "WBB sector")
WBB_SECTORS: dict[int, Code] = {
    sector: private(f"SSV{149 + sector}", f"WBB sector {sector}") for sector in range(1, 13)
}
WBB_SECTORS_ASSESSED = private("SSQ036", "WBB sectors assessed")
# The original counts clockwise from the spinous process; findings hold the SOSG numbering only.
WBB_CONVENTION = private("SSQ016", "WBB convention")
WBB_CONVENTION_NAME = "sosg"
WBB_SOSG = private("SSV081", "SOSG: counter-clockwise from left half of spinous process")

WBB_LAYER = private("SSQ037", "WBB layer")
WBB_LAYERS: dict[str, Code] = {
    "A": private("SSV140", "WBB layer A, extra-osseous soft tissue"),
    "B": private("SSV141", "WBB layer B, intra-osseous superficial"),
    "C": private("SSV142", "WBB layer C, intra-osseous deep"),
    "D": private("SSV143", "WBB layer D, extra-osseous extradural"),
    "E": private("SSV144", "WBB layer E, intradural"),
}
WBB_LAYERS_ASSESSED = private("SSQ038", "WBB layers assessed")

TOMITA_TYPE = private("SSQ017", "Tomita surgical type")
TOMITA_TYPES: dict[int, Code] = {
    1: private("SSV091", "Tomita type 1, vertebral body only"),
    2: private("SSV092", "Tomita type 2, extension into pedicle"),
    3: private("SSV093", "Tomita type 3, body to lamina"),
    4: private("SSV094", "Tomita type 4, epidural extension"),
    5: private("SSV095", "Tomita type 5, paravertebral extension"),
    6: private("SSV096", "Tomita type 6, adjacent vertebra involved"),
    7: private("SSV097", "Tomita type 7, multiple vertebrae"),
}
