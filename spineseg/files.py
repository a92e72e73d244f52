"""Path and content -> a whole file or none: written under a temporary name, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spineseg.errors import SettingsError

# What open() gives for a new file without a umask; mkstemp's 0600 would hide results from a router's user.
_NEW_FILE_MODE = 0o666


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Temporary path beside `path`, renamed to it when the block ends well and removed when it does not.

    The temporary name keeps the suffixes of `path`, since some writers choose their format by them.
    """
    handle, name = tempfile.mkstemp(prefix=".spineseg-", suffix="".join(path.suffixes[-2:]), dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(_NEW_FILE_MODE & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file or none."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def prepare_folder(folder: Path) -> Path:
    """Make an output folder and prove that it can be written to.

    Raises
    ------
    SettingsError
        It is a file, or it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".spineseg-"):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(
            f"the output folder cannot be written to: {reason.lower()}", str(folder), "name another folder with -o"
        ) from error
    return folder


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
