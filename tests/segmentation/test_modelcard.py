from __future__ import annotations

import json
from pathlib import Path

from spineseg.segmentation.bundle import build_network, export_bundle
from spineseg.segmentation.modelcard import CARD, card, training_section, write_origin, write_training_section

SETS = [
    {"title": "CTSpine1K", "licence": "CC BY-NC-SA", "citation": "somewhere", "remark": "", "training_cases": 610},
    {"title": "VerSe", "licence": "CC BY-SA 4.0", "citation": "elsewhere", "remark": "", "training_cases": 80},
]


def test_licences_reach_the_card() -> None:
    """Every set stands with cases, licence and citation; those not for commercial use are named."""
    section = training_section({"data": SETS})

    assert "CTSpine1K (610 training cases). Licence: CC BY-NC-SA. Citation: somewhere." in section
    assert "Not for commercial use: CTSpine1K." in section
    assert not any("VerSe." in line for line in section.splitlines() if line.startswith("The terms"))
    assert "weights that the training started from" in section
    assert "started from" not in training_section({})


def test_only_the_section_changes(tiny_bundle: Path) -> None:
    """What a person wrote around the section stays; a claim inside it that is no longer true goes."""
    (tiny_bundle / "docs").mkdir()
    (tiny_bundle / CARD).write_text("# Mine\n\n## Training data\nNo patient data.\n\n## Limits\n- many\n")
    export_bundle(build_network(tiny_bundle).state_dict(), tiny_bundle, facts={"data": SETS})

    text = write_training_section(tiny_bundle).read_text()

    assert text.startswith("# Mine\n")
    assert "No patient data" not in text
    assert "CTSpine1K" in text
    assert text.endswith("## Limits\n- many\n")


def test_a_bundle_without_a_card_gets_one(tiny_bundle: Path) -> None:
    """Weights, data and scores stand on a card that is made from the metadata alone."""
    export_bundle(
        build_network(tiny_bundle).state_dict(), tiny_bundle, facts={"steps": 5, "held_out_dice": {"disc": 0.5}}
    )
    digest = json.loads((tiny_bundle / "configs" / "metadata.json").read_text())["spineseg"]["weights_sha256"]

    text = card(tiny_bundle, {"summary": 0.7})

    assert digest in text
    assert "disc 0.5" in text
    assert '"summary": 0.7' in text
    assert "only." in text


def test_metadata_no_longer_claim_synthetic_data_only(tiny_bundle: Path) -> None:
    """With data sets the bundle's metadata and card name them; a training on phantoms changes neither."""
    path = tiny_bundle / "configs" / "metadata.json"
    export_bundle(build_network(tiny_bundle).state_dict(), tiny_bundle, facts={})
    before = path.read_bytes()
    write_origin(tiny_bundle)
    assert path.read_bytes() == before
    assert not (tiny_bundle / CARD).exists()

    export_bundle(build_network(tiny_bundle).state_dict(), tiny_bundle, facts={"data": SETS})
    write_origin(tiny_bundle)

    content = json.loads(path.read_text())
    assert "CTSpine1K, VerSe" in content["data_source"]
    assert content["data_type"] != "synthetic"
    assert "synthetic spines only" not in content["description"]
    assert "CTSpine1K" in (tiny_bundle / CARD).read_text()
