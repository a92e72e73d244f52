"""Status of a C-STORE response, or failure reason of STOW-RS or a commitment -> stored or not, and words."""

from __future__ import annotations

from pynetdicom.status import STATUS_FAILURE, STATUS_WARNING, STORAGE_SERVICE_CLASS_STATUS, code_to_category

SUCCESS = 0x0000
SOP_CLASS_NOT_SUPPORTED = 0x0122
# PS3.4 B.2.3: out of resources; PS3.7 annex C: resource limitation.
_OUT_OF_RESOURCES = range(0xA700, 0xA800)
_RESOURCE_LIMITATION = 0x0213
# PS3.4 J.3.3 and PS3.18 table I.2-2: no statuses of C-STORE, or told more narrowly there.
_REASONS = {0x0131: "duplicate transaction", 0xC122: "the transfer syntax is not supported"}


def is_stored(status: int) -> bool:
    """Whether the peer has the instance: success, or a warning (it changed or dropped attributes)."""
    return status == SUCCESS or code_to_category(status) == STATUS_WARNING


def is_transient(status: int) -> bool:
    """Whether the peer may take the same instance later: it has no room now."""
    return status in _OUT_OF_RESOURCES or status == _RESOURCE_LIMITATION


def status_words(status: int) -> str:
    """What a status says; empty for success."""
    if status == SUCCESS:
        return ""
    category, meaning = STORAGE_SERVICE_CLASS_STATUS.get(status, (STATUS_FAILURE, ""))
    words = _REASONS.get(status) or meaning or category
    return f"{words.lower()} (0x{status:04X})"
