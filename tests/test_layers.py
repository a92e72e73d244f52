from __future__ import annotations

import ast
import re
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import spineseg

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "spineseg").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# Modules without a test file of their name, each with the reason.
UNTESTED = {
    "__main__": "three lines; run as a program below",
    "env": "what alembic runs; every test of the service migrates a database with it",
    "v0001_first": "the migration that tests/service/test_database.py compares with the tables",
}
MAX_FILE_LINES = 350  # docs/architecture.md section 3
MAX_FUNCTION_LINES = 40  # docs/architecture.md section 3
HELP_SECONDS = 0.5  # issue 2: help answers in under half a second

# Written so that this file does not match itself.
REGISTRY_HOSTS = re.compile(r"pyp[i]\.org|pythonhoste[d]|registry\.npmj[s]|deb\.debia[n]|download\.pytorc[h]")
MACHINE_PATHS = re.compile(r"(?<![\w.<])/(?:wor[k]|roo[t]|hom[e]|far[m])/\w|/tmp/bash_job[s]")


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def _cpu_seconds(*arguments: str) -> float:
    """User and system time of a Python process: unlike its duration, it does not grow with the machine's load."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = _python(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert result.returncode == 0, result.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _project_texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file that is or could be committed."""
    listing = subprocess.run(
        # The checkout may belong to another user than the one who runs the tests, as in a container.
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode != 0:
        pytest.skip("not a git checkout: there is no list of the project's files")
    for name in filter(None, listing.stdout.split("\0")):
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_layers() -> None:
    """Every import goes downward through the layers of the architecture, as import-linter sees them."""
    result = _python("-c", "from importlinter.cli import lint_imports_command as check; check()", "--no-cache")

    assert result.returncode == 0, result.stdout
    assert re.search(r"Contracts: [4-9] kept, 0 broken", result.stdout), result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "import spineseg"),
        ("-c", "import spineseg.cli"),
        ("-m", "spineseg", "--help"),
        ("-m", "spineseg", "run", "--help"),
        ("-m", "spineseg", "info"),
    ],
    ids=" ".join,
)
def test_light_start(arguments: tuple[str, ...]) -> None:
    """Help and information come without loading a network library or an image toolkit."""
    result = _python("-X", "importtime", *arguments)

    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in result.stderr.splitlines() if "|" in line}
    assert result.returncode == 0, result.stderr.splitlines()[-1]
    assert "spineseg" in loaded
    assert not loaded & {"torch", "monai", "SimpleITK", "highdicom", "scipy"}


@pytest.mark.parametrize("arguments", [("-c", "import spineseg.cli"), ("-m", "spineseg", "--help")], ids=" ".join)
def test_quick_start(arguments: tuple[str, ...]) -> None:
    """Help takes less than half a second of computing, the median of three."""
    seconds = statistics.median(_cpu_seconds(*arguments) for _ in range(3))

    assert seconds < HELP_SECONDS


def test_public_names() -> None:
    """The package exports exactly these names, and each of them exists."""
    assert spineseg.__all__ == ["__version__"]
    assert all(hasattr(spineseg, name) for name in spineseg.__all__)


@pytest.mark.parametrize("pattern", [REGISTRY_HOSTS, MACHINE_PATHS], ids=["registry hosts", "machine paths"])
def test_nothing_of_this_machine(pattern: re.Pattern[str]) -> None:
    """No file names a package registry's host or a path of the machine that it was written on."""
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in _project_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]

    assert found == []


def test_every_module_has_its_tests() -> None:
    """A module's tests are found under its name, tests/**/test_<module>.py, unless a reason says why not."""
    tested = {path.stem.removeprefix("test_") for path in TESTS}
    modules = {path.stem for path in MODULES if path.name != "__init__.py"}

    assert sorted(modules - tested - set(UNTESTED)) == []
    assert sorted(set(UNTESTED) - modules) == [], "a reason for a module that is gone"


def test_every_test_states_its_claim() -> None:
    """Each test says in its docstring what it claims."""
    silent = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in TESTS
        for function in _functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]

    assert silent == []


def test_files_are_short() -> None:
    """No source, test or script file is over 350 lines."""
    scripts = [path for path in (ROOT / "scripts").iterdir() if path.is_file()]
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in [*MODULES, *TESTS, *scripts]}

    assert {name: count for name, count in lines.items() if count > MAX_FILE_LINES} == {}


def test_functions_are_short() -> None:
    """No function of the package has a body of more than 40 lines."""
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name} {_body_lines(function)}"
        for path in MODULES
        for function in _functions(path)
        if _body_lines(function) > MAX_FUNCTION_LINES
    ]

    assert long == []


def test_defects_are_caught_twice_at_most() -> None:
    """`except Exception` stands at most at three borders: the program's, the DICOM node's and a worker's."""
    borders = [
        str(path.relative_to(ROOT))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id == "Exception"
    ]

    assert len(borders) <= 3, borders
