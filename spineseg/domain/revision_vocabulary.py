"""What a person corrected in a report -> its codes."""

from __future__ import annotations

from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain.codes import private
from spineseg.domain.findings import CorrectedItem
from spineseg.domain.sins import SinsComponent
from spineseg.domain.vocabulary import COMPARTMENT, ESCC_POINT, LEVEL, SINS_COMPONENTS

VALUE_BEFORE_CORRECTION = private("SSQ050", "Value before correction by a person")
CORRECTED_ITEM = private("SSQ051", "What the correction concerns")
CORRECTED_BY = codes.DCM.PersonObserverName
REJECTED_LESION = private("SSG003", "Suspected lesion that a person rejected")
REJECTED_COUNT = private("SSM159", "Number of rejected lesions in this report")

# Each is named by the code of the row that was corrected; a rejected lesion by that of its finding.
CORRECTED_ITEMS: dict[CorrectedItem, Code] = {
    CorrectedItem.LESION: codes.DCM.Finding,
    CorrectedItem.ESCC: ESCC_POINT,
    CorrectedItem.COMPARTMENT: COMPARTMENT,
    CorrectedItem.LEVEL: LEVEL,
    **{CorrectedItem(f"sins.{component.value}"): code for component, code in SINS_COMPONENTS.items()},
}
SINS_ITEMS: dict[CorrectedItem, SinsComponent] = {
    CorrectedItem(f"sins.{component.value}"): component for component in SinsComponent
}
