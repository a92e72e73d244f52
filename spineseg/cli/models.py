"""`spineseg models list|verify|export|import`: which networks are here, whole, and where they came from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from spineseg.errors import EXIT_DONE, SettingsError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command and what it can do."""
    parser = commands.add_parser("models", help="list, check, export and import the networks")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    for name, action, words in (
        ("list", run_list, "each network with its version, hash and training data"),
        ("verify", run_verify, "compare the weights with the hashes that their metadata name"),
    ):
        one = actions.add_parser(name, parents=[common], help=words)
        one.add_argument("--model", type=Path, metavar="BUNDLES", help="folder with the bundles anatomy/ and lesions/")
        one.set_defaults(command=action)
    export = actions.add_parser("export", parents=[common], help="write a bundle with its model card as one file")
    export.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder of one network, such as models/anatomy")
    export.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.zip", help="file to write")
    export.add_argument("--scores", type=Path, metavar="JSON", help="score card to put into the model card")
    export.set_defaults(command=run_export)
    take = actions.add_parser("import", parents=[common], help="check a bundle from elsewhere and put it in a folder")
    take.add_argument("source", type=Path, metavar="SOURCE", help="file of `export`, or a bundle's folder")
    take.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="BUNDLES",
        help="folder of bundles, for --model of other commands",
    )
    take.set_defaults(command=run_import)


def run_list(arguments: argparse.Namespace) -> int:
    """Print one paragraph a network."""
    from spineseg.segmentation.metadata import SPINESEG, bundles_root, read_metadata

    root = bundles_root(arguments.model)
    for folder in sorted(path.parents[1] for path in root.glob("*/configs/metadata.json")):
        facts = read_metadata(folder)
        print(f"{folder.name} {facts.version}  {facts.weights_sha256 or 'not trained'}")
        sets = facts.content[SPINESEG].get("training", {}).get("data", [])
        print("  trained on synthetic spines" + (", and:" if sets else " only"))
        for one in sets:
            print(f"  {one['title']}, {one['training_cases']} cases, {one['licence']}")
    return EXIT_DONE


def run_verify(arguments: argparse.Namespace) -> int:
    """Check every network of a folder; the first wrong one ends it with code 4."""
    from spineseg.segmentation.metadata import bundles_root, verify

    root = bundles_root(arguments.model)
    for folder in sorted(path.parents[1] for path in root.glob("*/configs/metadata.json")):
        print(f"{folder.name}  {verify(folder)}  as its metadata say")
    return EXIT_DONE


def run_export(arguments: argparse.Namespace) -> int:
    """Write the file and print its hash, which belongs beside every published score."""
    from spineseg.segmentation.bundlefile import export_file

    scores = None if arguments.scores is None else _scores(arguments.scores)
    digest = export_file(arguments.bundle, arguments.out, scores=scores)
    print(f"{arguments.out.resolve()}  SHA-256 {digest}")
    return EXIT_DONE


def run_import(arguments: argparse.Namespace) -> int:
    """Put a checked bundle where --model finds it."""
    from spineseg.segmentation.bundlefile import import_bundle

    print(f"imported: {import_bundle(arguments.source, arguments.out).resolve()}")
    return EXIT_DONE


def _scores(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError("the score card cannot be read", str(path), "give a JSON file of evaluate") from error
    return {key: content[key] for key in ("summary", "groups", "cases_scored", "data") if key in content}
