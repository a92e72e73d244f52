"""Comparison with a prior study -> its codes."""

from __future__ import annotations

from pydicom.sr.coding import Code

from spineseg.domain.codes import Quantity, private, quantities
from spineseg.domain.findings import Change
from spineseg.domain.vocabulary import MM3, NO_UNITS, PERCENT, UNDETERMINED

CHANGE = private("SSQ040", "Change since prior study")
# SNOMED CT as in pydicom's copy of PS3.16; its code of a new finding speaks of mammograms only.
CHANGES: dict[Change, Code] = {
    Change.NEW: private("SSV130", "New since prior study"),
    Change.GROWN: Code("15454001", "SCT", "Increased size (finding)"),
    Change.STABLE: Code("260388006", "SCT", "No change"),
    Change.SHRUNK: Code("19776001", "SCT", "Decreased size (finding)"),
    Change.UNDETERMINED: UNDETERMINED,
}
PRIOR_ESCC_POINT = private("SSQ041", "Approximate ESCC grade of prior study")
PRIOR_STUDY = private("SSQ042", "Study that was compared with")
VANISHED_LESION = private("SSG002", "Lesion of prior study that is not found any more")
VANISHED_COUNT = private("SSM157", "Number of vanished lesions in this report")

FOLLOWUP_MEASUREMENTS: dict[str, Quantity] = quantities(
    ("prior_volume_mm3", private("SSM180", "Volume of lesion in prior study"), MM3),
    ("volume_change_pct", private("SSM181", "Change of lesion volume since prior study"), PERCENT),
    ("volume_doubt_pct", private("SSM182", "Doubt of change of lesion volume"), PERCENT),
    ("grade_change", private("SSM183", "Steps of approximate ESCC since prior study"), NO_UNITS),
)
