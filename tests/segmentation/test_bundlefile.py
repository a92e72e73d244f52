from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from spineseg.errors import BundleError, BundleNotFoundError, ChecksumError, SettingsError
from spineseg.segmentation.bundle import INFERENCE, build_network, export_bundle
from spineseg.segmentation.bundlefile import export_file, import_bundle
from spineseg.segmentation.metadata import verify


@pytest.fixture
def trained(tiny_bundle: Path) -> Path:
    """A bundle with weights."""
    export_bundle(build_network(tiny_bundle).state_dict(), tiny_bundle, facts={})
    return tiny_bundle


def test_there_and_back(trained: Path, tmp_path: Path) -> None:
    """An exported bundle is imported with the same weights, a card and its hash; the file is the same each time."""
    first = export_file(trained, tmp_path / "a.zip")
    again = export_file(trained, tmp_path / "b.zip")

    folder = import_bundle(tmp_path / "a.zip", tmp_path / "root")

    assert first == again
    assert folder == tmp_path / "root" / "anatomy"
    assert verify(folder) == verify(trained)
    assert "SHA-256" in (folder / "docs" / "README.md").read_text()


def test_a_folder_is_imported_too(trained: Path, tmp_path: Path) -> None:
    """A bundle trained elsewhere needs no file of ours; a second one of the stage is refused."""
    import_bundle(trained, tmp_path / "root")

    with pytest.raises(SettingsError, match="already"):
        import_bundle(trained, tmp_path / "root")
    assert [path.name for path in (tmp_path / "root").iterdir()] == ["anatomy"], "no half-made folder is left"


@pytest.mark.parametrize(
    "target",
    ["os.system", "$__import__('os').system('true')", "monai.networks.nets.UNet@x", "monai.bundle.ConfigParser"],
)
def test_a_configuration_that_calls_something_else_is_refused(trained: Path, tmp_path: Path, target: str) -> None:
    """MONAI would run what a configuration names: anything but a network is refused before it is built."""
    content = json.loads((trained / INFERENCE).read_text())
    content["network_def"]["_target_"] = target
    (trained / INFERENCE).write_text(json.dumps(content))

    with pytest.raises(BundleError, match="network_def"):
        import_bundle(trained, tmp_path / "root")


def test_an_expression_deep_inside_is_refused(trained: Path, tmp_path: Path) -> None:
    """A value that MONAI would evaluate is found wherever it stands."""
    content = json.loads((trained / INFERENCE).read_text())
    content["network_def"]["channels"] = ["$print('here')", 8]
    (trained / INFERENCE).write_text(json.dumps(content))

    with pytest.raises(BundleError, match="print"):
        import_bundle(trained, tmp_path / "root")


@pytest.mark.parametrize("name", ["../outside.txt", "models/evil.py"])
def test_a_strange_entry_is_refused(trained: Path, tmp_path: Path, name: str) -> None:
    """Nothing is unpacked that is no part of a bundle, least of all outside the folder."""
    export_file(trained, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as packed:
        packed.writestr(name, "x")

    with pytest.raises(BundleError, match="no part"):
        import_bundle(tmp_path / "a.zip", tmp_path / "root")


def test_a_changed_part_is_told(trained: Path, tmp_path: Path) -> None:
    """A part that is not what the manifest says ends the import."""
    export_file(trained, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["docs/README.md"] += b" better than ever"
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)

    with pytest.raises(ChecksumError, match="README"):
        import_bundle(tmp_path / "b.zip", tmp_path / "root")


def test_what_is_no_bundle_is_said(trained: Path, tmp_path: Path) -> None:
    """No file, a text file, a bundle without weights."""
    (tmp_path / "t.zip").write_text("no zip")
    with pytest.raises(BundleNotFoundError):
        import_bundle(tmp_path / "none.zip", tmp_path / "root")
    with pytest.raises(BundleError, match="not a bundle"):
        import_bundle(tmp_path / "t.zip", tmp_path / "root")
    (trained / "models" / "model.pt").unlink()
    with pytest.raises(BundleNotFoundError):
        export_file(trained, tmp_path / "a.zip")
