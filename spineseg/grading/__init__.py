"""SpineAnatomy -> Findings: compartment, approximate ESCC, the imaging part of SINS; findings of series merged."""

from spineseg.grading.findings import grade_spine
from spineseg.grading.merge import merge_findings

__all__ = ["grade_spine", "merge_findings"]
