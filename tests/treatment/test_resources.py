from __future__ import annotations

from spineseg.treatment.resources import read_yaml, rule_files

SUBJECTS = {
    "imaging_and_biopsy", "emergency_and_steroids", "mechanical_stability", "radiotherapy_and_srs", "systemic_therapy",
    "ablation_and_augmentation", "benign_and_intradural", "primary_malignant", "surgical_planning", "rehabilitation",
    "palliative_care", "surveillance",
}  # fmt: skip


def test_one_file_a_subject() -> None:
    """The package carries one file of rules for each subject, found without a path."""
    assert {name.removesuffix(".yaml") for name in rule_files()} == SUBJECTS


def test_tables_have_a_version() -> None:
    """Facts and tables are data with a version; the table of histologies names its approver."""
    tables = [read_yaml("facts.yaml")] + [
        read_yaml("tables", f"{name}.yaml") for name in ("histology", "sources", "sentences")
    ]

    assert all(table.content["version"] for table in tables)
    assert tables[1].content["approved_by"]
