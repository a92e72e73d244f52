"""Words -> UID: the same input always gives the same identifier, so that a re-run replaces and never multiplies."""

from __future__ import annotations

from pydicom.uid import PYDICOM_ROOT_UID, generate_uid


def derive_uid(*parts: str) -> str:
    """UID that depends on the parts, their borders and their order only (PS3.5 section 9)."""
    # pydicom joins its sources without a separator: ("1.2", "11") and ("1.21", "1") would share one UID.
    return str(generate_uid(prefix=PYDICOM_ROOT_UID, entropy_srcs=["\0".join(("spineseg", *parts))]))
