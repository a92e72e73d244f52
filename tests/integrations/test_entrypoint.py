"""Tests of integrations/entrypoint.py as routers start it, and of the files beside it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.reporting.samples import make_sample

ROOT = Path(__file__).resolve().parents[2]
ENTRYPOINT = ROOT / "integrations" / "entrypoint.py"
STRANGER = 12345  # a user without an entry in passwd, as mercure starts modules

_SITES = """
import json, sys
from spineseg.cli import main, run
from tests.integrations.blank import Blank
run.make_segmenter = lambda _: Blank()
sys.argv[0] = {entrypoint!r}
exec(compile(open({entrypoint!r}).read(), {entrypoint!r}, "exec"))
"""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """What mercure hands in: instances, tags and a task; and the folder for results."""
    source, out = tmp_path / "in", tmp_path / "out"
    make_sample(source, shape=(6, 72, 64))
    (source / "1.2#3.tags").write_text("{}")
    task = {"id": "x", "process": {"module_name": "spineseg", "settings": {"device": "cpu", "notify_at": "1a"}}}
    (source / "task.json").write_text(json.dumps(task))
    out.mkdir()
    for path in (tmp_path, source, out):
        path.chmod(0o777)
    return source, out


def _start(environment: Mapping[str, str], *, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    script = _SITES.format(entrypoint=str(ENTRYPOINT))
    return subprocess.run(
        [*prefix, sys.executable, "-c", script], cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.slow
def test_a_study_that_cannot_be_used_is_no_error_of_the_router(folders: tuple[Path, Path]) -> None:
    """No usable series: exit code 0 with the reason, so that the router's error folder stays empty."""
    source, out = folders
    for path in source.rglob("*.dcm"):
        path.unlink()

    done = _start({"HOLOSCAN_INPUT_PATH": "in", "HOLOSCAN_OUTPUT_PATH": "out", "HOLOSCAN_WORKDIR": str(source.parent)})

    result = json.loads((out / "result.json").read_text())
    assert done.returncode == 0
    assert (result["outcome"], result["exit_code"]) == ("not_usable", 3)
    assert "no readable DICOM object" in result["reason"]


def test_without_folders_it_says_so() -> None:
    """Exit code 2 and the names of the variables."""
    done = _start({})

    assert done.returncode == 2
    assert "MERCURE_IN_DIR" in done.stderr


_USER = (
    "setpriv",
    f"--reuid={STRANGER}",
    f"--regid={STRANGER}",
    "--clear-groups",
    "--bounding-set=-all",
    "--no-new-privs",
)
_PREFIXES = {
    "another user": ("unshare", "--net", *_USER),
    # Where others may not read the checkout: a user without a name and without any capability.
    "user namespace": ("unshare", "--user", "--net", "setpriv", "--no-new-privs"),
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None or shutil.which("setpriv") is None, reason="no unshare, no setpriv")
@pytest.mark.parametrize("kind", _PREFIXES)
def test_a_stranger_without_home_or_network_can_run_it(folders: tuple[Path, Path], kind: str) -> None:
    """As mercure starts it: a user without a name, no HOME, no capabilities, no network.

    "No spine" is a result: exit code 0, result.json, and DICOM files at the top of the folder.
    """
    source, out = folders
    prefix = _PREFIXES[kind]
    probe = [*prefix, sys.executable, "-c", "import numpy, spineseg"]
    if subprocess.run(probe, cwd=ROOT, check=False, capture_output=True).returncode:
        pytest.skip("the checkout or its Python is not readable by others, or namespaces are not allowed here")
    _open_way_to(source)

    done = _start({"MERCURE_IN_DIR": str(source), "MERCURE_OUT_DIR": str(out)}, prefix=prefix)

    result = json.loads((out / "result.json").read_text())
    assert done.returncode == 0, done.stderr
    assert (out / "report.sr.dcm").is_file()
    assert result["outcome"] == "no_spine_found"
    assert result["__mercure_notification"]["requested"] is False


def _open_way_to(path: Path) -> None:
    """Pytest's own folder is closed to others where it is root's."""
    for parent in path.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)


def test_the_files_of_the_platforms_are_what_they_ask_for() -> None:
    """Manifests, module, rule and command are JSON with the keys that the platforms read; MAP 0.x is not there."""
    folder = ROOT / "integrations"
    app, package = (json.loads((folder / "monai" / name).read_text()) for name in ("app.json", "pkg.json"))
    module = json.loads((folder / "mercure" / "module.json").read_text())["spineseg"]
    (command,) = json.loads((folder / "xnat" / "command.json").read_text())
    documents = list(yaml.safe_load_all((folder / "kubernetes" / "spineseg.yaml").read_text()))

    assert json.loads(app["command"])[-1] == "/opt/holoscan/app/entrypoint.py"
    assert package["applicationRoot"] == "/opt/holoscan/app"
    assert module["network_enabled"] is False
    assert module["requires_root"] is False
    assert len(command["command-line"]) <= 2048  # XNAT's limit (calling-conventions.md, 4.3)
    assert {one["kind"] for one in documents} == {"ConfigMap", "PersistentVolumeClaim", "Deployment", "Service"}
    assert "/etc/monai" not in (folder / "Dockerfile").read_text().replace("no /etc/monai/app.json", "")


def test_the_settings_of_the_manifest_are_valid(tmp_path: Path) -> None:
    """The node.toml inside the Kubernetes manifest is accepted."""
    pytest.importorskip("sqlalchemy", reason="the extra 'service' is not installed")
    from spineseg.service.settings import read_settings

    (first, *_) = yaml.safe_load_all((ROOT / "integrations" / "kubernetes" / "spineseg.yaml").read_text())
    path = tmp_path / "node.toml"
    path.write_text(first["data"]["node.toml"])

    assert read_settings(path).work.scheduler == "tcp://spineseg-scheduler:8786"
