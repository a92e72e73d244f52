#!/usr/bin/env python3
"""Folders and settings as a router gives them -> `spineseg run`, and result.json: the container's entry point.

mercure, MONAI Deploy and the informatics gateway name the folders by environment variables and pass no arguments;
`show` prints the manifests and `extract` copies them (MONAI Application Package specification 1.0).
A study that holds no spine, or none that can be used, is a result and no error: exit code 0, the reason in result.json.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

INPUT = ("MERCURE_IN_DIR", "HOLOSCAN_INPUT_PATH", "MONAI_INPUTPATH")
OUTPUT = ("MERCURE_OUT_DIR", "HOLOSCAN_OUTPUT_PATH", "MONAI_OUTPUTPATH")
# An arbitrary user has no home, and the tree is read-only: caches go where everybody may write.
WRITABLE = ("HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "XDG_CACHE_HOME")
MANIFESTS = ("/etc/holoscan/app.json", "/etc/holoscan/pkg.json")
EXPORT = "/var/run/holoscan/export"
# The study's own fault (exit codes of spineseg): nothing that a router should show as a failure of ours.
OF_THE_STUDY = (3, 5)
SETTINGS = ("device", "notify_at")
GRADES = ("0", "1a", "1b", "1c", "2", "3")


def main(arguments: list[str]) -> int:
    """Exit code."""
    if arguments[:1] == ["show"]:
        return show()
    if arguments[:1] == ["extract"]:
        return extract()
    for name in WRITABLE:
        os.environ.setdefault(name, "/tmp")
    source, out = folder(INPUT), folder(OUTPUT)
    if source is None or out is None:
        print(f"spineseg: no folders given; set {INPUT[0]} and {OUTPUT[0]}", file=sys.stderr)
        return 2
    settings = read_settings(source)
    code, said = analyse(source, out, settings)
    write_result(out, code, said, settings)
    return 0 if code in (0, *OF_THE_STUDY) else code


def folder(names: tuple[str, ...]) -> Path | None:
    """The first folder that is named; a MONAI manifest names it relative to the working directory."""
    for name in names:
        if os.environ.get(name):
            return Path(os.environ.get("HOLOSCAN_WORKDIR", "."), os.environ[name])
    return None


def read_settings(source: Path) -> dict[str, str]:
    """Settings of mercure's task.json that we know; everything else of it is its own."""
    try:
        process = json.loads((source / "task.json").read_text(encoding="utf-8"))["process"]
        given = (process[0] if isinstance(process, list) else process)["settings"]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return {}
    return {name: str(given[name]) for name in SETTINGS if name in given} if isinstance(given, dict) else {}


def analyse(source: Path, out: Path, settings: dict[str, str]) -> tuple[int, str]:
    """Exit code of the run, and the line that it says on an error."""
    from spineseg.cli import main as spineseg  # noqa: PLC0415 (after the caches have their place)

    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = spineseg(["run", str(source), "-o", str(out), "--device", settings.get("device", "auto")])
    text = said.getvalue().strip()
    print(text, file=sys.stderr)
    return code, text.splitlines()[-1].removeprefix("spineseg: ") if text and code else ""


def write_result(out: Path, code: int, reason: str, settings: dict[str, str]) -> None:
    """result.json: what came out, and mercure's notification; without patient data."""
    findings, run = read_json(out / "findings.json"), read_json(out / "run.json")
    lesions = findings.get("lesions", []) if code == 0 else []
    worst = max((str(one["escc"]["high"]) for one in lesions), key=rank, default="")
    outcome = run.get("outcome", "") if code == 0 else "not_usable" if code in OF_THE_STUDY else "failed"
    text = f"spineseg: {outcome.replace('_', ' ')}"
    text += f", approximate ESCC up to {worst.replace('_', ' ')}" if worst else ""
    text += f": {reason}" if reason else ""
    notify_at = settings.get("notify_at", "2")
    content = {
        "outcome": outcome,
        "exit_code": code,
        "reason": reason,
        "lesions": len(lesions),
        "approximate_escc_at_most": worst or None,
        "__mercure_notification": {
            "text": f"{text}. Research use only.",
            "requested": bool(worst) and rank(worst) >= rank(notify_at),
        },
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "result.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def rank(grade: str) -> int:
    """Order of grades; one that is not known may be the highest."""
    if grade == "not_applicable":
        return -1
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def read_json(path: Path) -> dict[str, Any]:
    """Content of a file of ours; empty where it is absent."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def show() -> int:
    """Print the manifests."""
    for name in MANIFESTS:
        print(Path(name).read_text(encoding="utf-8"))
    return 0


def extract() -> int:
    """Copy application, manifests, models and documents to where the specification wants them."""
    target = Path(EXPORT)
    for name, source in (
        ("app", "/opt/holoscan/app"),
        ("config", "/etc/holoscan"),
        ("models", "/opt/holoscan/models"),
        ("docs", "/opt/holoscan/docs"),
    ):
        if Path(source).is_dir():
            shutil.copytree(source, target / name, dirs_exist_ok=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
