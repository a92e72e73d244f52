from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# The quickest case that has a lesion to grade.
CASE = "escc-2-t7"
TIMEOUT_S = 600
BUNDLES = ("anatomy", "lesions")

# Ends the program at once, so that no library can keep the attempt to itself.
NO_NETWORK = """
import os, socket, sys

def refuse(*arguments):
    sys.stderr.write("tried to reach the network\\n")
    sys.stderr.flush()
    os._exit(99)

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""

pytestmark = [
    pytest.mark.wheel,
    pytest.mark.skipif(
        not all((ROOT / "models" / bundle / "models" / "model.pt").is_file() for bundle in BUNDLES),
        reason="models/*/models/model.pt is not there yet: a wheel without weights cannot run",
    ),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout by the build tools of this environment: nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an empty environment that sees the wheel's files and the dependencies, but not the checkout."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    interpreter = folder / "bin" / "python"
    pip = ("-m", "pip", "--python", interpreter, "install", "--quiet", "--no-index", "--no-deps")
    subprocess.run([sys.executable, *pip, wheel], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    # After pip, which would else find the checkout's installation and replace it. A folder named by a .pth file is
    # searched, but its own .pth files, the checkout's among them, are not read.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "no_network.py").write_text(NO_NETWORK, encoding="utf-8")
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\nimport no_network\n", encoding="utf-8")
    return interpreter


def _run(folder: Path, *command: str | Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        timeout=TIMEOUT_S,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_content(wheel: Path) -> None:
    """The wheel holds the bundles with their weights, every data file of the package and the licence; no tests."""
    names = set(zipfile.ZipFile(wheel).namelist())
    of_package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "spineseg").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert of_package <= names
    assert {f"spineseg/models/{bundle}/models/model.pt" for bundle in BUNDLES} <= names
    assert {f"spineseg/models/{bundle}/configs/metadata.json" for bundle in BUNDLES} <= names
    assert any(re.fullmatch(r"spineseg-.*\.dist-info/licenses/LICENSE", name) for name in names)
    assert {name.split("/", 1)[0].split("-", 1)[0] for name in names} == {"spineseg"}


def test_sees_only_the_wheel(python: Path, tmp_path: Path) -> None:
    """The environment of these tests imports spineseg, its metadata and its bundles from the wheel alone."""
    program = """
import importlib.metadata, spineseg
from spineseg.segmentation.metadata import bundles_root
print(spineseg.__file__, bundles_root(), importlib.metadata.distribution("spineseg").locate_file(""), sep="\\n")
"""

    places = [Path(line) for line in _run(tmp_path, python, "-c", program).splitlines()]

    assert len(places) == 3
    assert all(place.is_relative_to(python.parents[1]) for place in places)


def test_network_is_watched(python: Path, tmp_path: Path) -> None:
    """In that environment, a program that opens a connection does not survive it."""
    with pytest.raises(AssertionError, match="tried to reach the network"):
        _run(tmp_path, python, "-c", "import socket; socket.socket().connect(('127.0.0.1', 9))")


def test_runs_elsewhere(python: Path, tmp_path: Path) -> None:
    """Installed from the wheel, the program writes a study, runs the main job and leaves a report, off line."""
    program = python.with_name("spineseg")

    _run(tmp_path, program, "phantom", "study", "--case", CASE)
    _run(tmp_path, program, "run", "study/dicom", "-o", "out")

    findings = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert findings["algorithm"]["segmenter"] == "bundle"
    assert len(findings["algorithm"]["weights_sha256"]) == len(BUNDLES)
    assert {"report.html", "report.sr.dcm", "run.json"} <= {path.name for path in (tmp_path / "out").iterdir()}
