"""The notebook of docs/, run on a miniature set with a network of a few hundred weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from spineseg.segmentation.bundle import build_network, export_bundle
from spineseg.segmentation.classes import Stage
from tests.datasets import miniatures
from tests.segmentation.conftest import REPOSITORY, TINY, make_bundle


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path) -> None:
    """Every cell, from a converted miniature to a file with its model card, ends without an error."""
    nbclient = pytest.importorskip("nbclient", reason="spineseg[dev] is not installed")
    nbformat = pytest.importorskip("nbformat", reason="spineseg[dev] is not installed")
    lesions = {**TINY, "in_channels": 5, "out_channels": 9}
    for stage, network in ((Stage.ANATOMY, TINY), (Stage.LESIONS, lesions)):
        bundle = make_bundle(tmp_path / "models", stage, network, patch_voxels=[16, 16, 16])
        export_bundle(build_network(bundle).state_dict(), bundle, facts={})
    settings = yaml.safe_load((REPOSITORY / "configs" / "train.yaml").read_text())
    del settings["anatomy"]["minutes"]
    settings["anatomy"].update(patch_voxels=[16, 16, 16], steps=2, validation_cases=1, log_every=1, device="cpu")
    (tmp_path / "train.yaml").write_text(yaml.safe_dump(settings))
    miniatures.spider(tmp_path / "spider")
    notebook = nbformat.read(REPOSITORY / "docs" / "retraining.ipynb", as_version=4)
    parameters = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    parameters.source = (
        "from pathlib import Path\n"
        'SRC, OUT, CONFIG, MODELS = Path("spider"), Path("out"), Path("train.yaml"), Path("models")'
    )

    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()

    assert (tmp_path / "out" / "comparison" / "comparison.md").is_file()
