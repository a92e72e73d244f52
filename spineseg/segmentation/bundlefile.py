"""Bundle folder <-> one zip file with the hash of every part; bundles from elsewhere are checked on the way in.

A MONAI configuration can call any Python function; a bundle from elsewhere may name networks only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import torch

from spineseg.errors import BundleError, BundleNotFoundError, ChecksumError, SettingsError
from spineseg.files import prepare_folder, replacing
from spineseg.segmentation.bundle import INFERENCE, load_network
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.metadata import METADATA, WEIGHTS, read_metadata, verify
from spineseg.segmentation.modelcard import CARD, card

MANIFEST = "manifest.json"
# What belongs to a bundle; checkpoints and caches beside it stay behind.
_PARTS = (METADATA, INFERENCE, Path("configs", "train.json"), WEIGHTS, CARD, Path("LICENSE"))
_NETWORKS = ("monai.networks.nets.", "torch.nn.", "spineseg.segmentation.network.")
# Zip entries carry no time, so that the same bundle gives the same file.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES = 2 * 2**30  # unpacked; the shipped bundles have 7 MB each [P]


def export_file(bundle: Path, file: Path, *, scores: Mapping[str, Any] | None = None) -> str:
    """Write a bundle as one file; a card is made where the bundle has none, or scores are given.

    Returns
    -------
    SHA-256 of the file.

    Raises
    ------
    BundleError
        The bundle is not whole, or its weights are not those that it names.
    """
    verify(bundle)
    contents = {part.as_posix(): (bundle / part).read_bytes() for part in _PARTS if (bundle / part).is_file()}
    if scores is not None or CARD.as_posix() not in contents:
        contents[CARD.as_posix()] = card(bundle, scores).encode()
    manifest = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents[MANIFEST] = (json.dumps(manifest, indent=2) + "\n").encode()
    prepare_folder(file.parent)
    with replacing(file) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in contents.items():
                packed.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
        return hashlib.sha256(temporary.read_bytes()).hexdigest()


def import_bundle(source: Path, root: Path) -> Path:
    """Check a bundle from elsewhere and put it in a folder of bundles, under its stage's name.

    Parameters
    ----------
    source
        File of `export_file`, or a bundle's folder.
    root
        Folder to give to `--model`; made where missing.

    Returns
    -------
    The bundle's folder.

    Raises
    ------
    BundleError
        It is not whole, its weights do not fit, or its configuration names something else than a network.
    SettingsError
        There is a bundle of that stage already.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = source if source.is_dir() else _unpacked(source, Path(scratch))
        stage = _checked(folder)
        target = prepare_folder(root) / stage
        if target.exists():
            raise SettingsError(f"there is a bundle {stage} already", str(root), "give another folder with -o")
        made = Path(tempfile.mkdtemp(prefix=".spineseg-", dir=root))
        try:
            for part in _PARTS:
                if (folder / part).is_file():
                    (made / part).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(folder / part, made / part)
            made.chmod(0o755)
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return target


def _unpacked(file: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(file) as packed:
            names = [entry.filename for entry in packed.infolist() if not entry.is_dir()]
            allowed = {MANIFEST, *(part.as_posix() for part in _PARTS)}
            if strange := [name for name in names if PurePosixPath(name).as_posix() not in allowed]:
                raise BundleError(f"{strange[0]!r} is no part of a bundle", file.name, "export it again")
            if sum(entry.file_size for entry in packed.infolist()) > _MOST_BYTES:
                raise BundleError("the bundle is too large", file.name, "export it again")
            packed.extractall(folder)
    except FileNotFoundError as error:
        raise BundleNotFoundError("no such file", str(file), "give a file of spineseg models export") from error
    except zipfile.BadZipFile as error:
        raise BundleError("not a bundle's file", file.name, "give a file of spineseg models export") from error
    try:
        manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError("the file has no manifest", file.name, "export it again") from error
    for name in names:
        if name != MANIFEST and hashlib.sha256((folder / name).read_bytes()).hexdigest() != manifest.get(name):
            raise ChecksumError(f"{name} is not what the manifest says", file.name, "get the file again")
    return folder


def _checked(folder: Path) -> Stage:
    """Stage of a bundle whose configuration, classes and weights are as they must be."""
    facts = read_metadata(folder)
    channels = facts.content["network_data_format"]["outputs"]["pred"].get("channel_def", {})
    stage = next((one for one in Stage if tuple(channels.values()) == class_names(one)[: len(channels)]), None)
    if stage is None or len(channels) != facts.channels:
        raise BundleError("the classes are not those of a network of ours", str(folder), "compare channel_def")
    try:
        content = json.loads((folder / INFERENCE).read_text(encoding="utf-8"))
        network = content["network_def"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError("no network_def", str(folder / INFERENCE), "restore the bundle") from error
    if strange := [value for value in _strings(network) if not _is_harmless(value)]:
        raise BundleError(f"network_def says {strange[0]!r}", str(folder), "name networks and plain values only")
    if any(not str(one).startswith(_NETWORKS) for one in _targets(network)):
        raise BundleError("network_def calls something that is no network", str(folder), "use a MONAI network")
    load_network(folder, torch.device("cpu"))
    return stage


def _strings(node: object) -> Iterator[str]:
    """Every key and value that is text."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)
    elif isinstance(node, str):
        yield node


def _is_harmless(text: str) -> bool:
    """MONAI evaluates what begins with $, and follows @ and % to other places."""
    return not any(sign in text for sign in "$@%")


def _targets(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield node["_target_"]
        for value in node.values():
            yield from _targets(value)
    elif isinstance(node, list):
        for value in node:
            yield from _targets(value)
