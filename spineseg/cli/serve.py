"""`spineseg serve --config node.toml`: the DICOM node, until a signal ends it."""

from __future__ import annotations

import argparse
from pathlib import Path

from spineseg.errors import EXIT_DEFECT, EXIT_DONE, SettingsError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser("serve", parents=[common], help="DICOM node with a worklist page")
    parser.add_argument("--config", type=Path, required=True, metavar="NODE.toml", help="see configs/node.toml")
    parser.add_argument("--check", action="store_true", help="read the settings, say what is wrong, and end")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    try:
        from spineseg.service.settings import read_settings

        settings = read_settings(arguments.config)
        if arguments.check:
            print("the settings are right")
            return EXIT_DONE
        from spineseg.service.logs import log_json
        from spineseg.service.node import start_node, stop_on_signals
    except ModuleNotFoundError as error:
        raise missing_extra(error) from error
    log_json()
    node = start_node(settings)
    stop_on_signals(node)
    ended_well = node.run()
    node.stop()
    return EXIT_DONE if ended_well else EXIT_DEFECT


def missing_extra(error: ModuleNotFoundError) -> SettingsError:
    """What a user without the extra is told."""
    return SettingsError(f"{error.name} is not installed", remedy="pip install 'spineseg[service]'")
