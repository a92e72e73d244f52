"""What went wrong, where and what to do -> one line for the user and an exit code for the router."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

# Exit codes of the contract (docs/architecture.md, section 5).
EXIT_DONE = 0
EXIT_SETTINGS = 2
EXIT_INPUT = 3
EXIT_BUNDLE = 4
EXIT_ANATOMY = 5
EXIT_RULESET = 6
EXIT_DESTINATION = 7
EXIT_DEFECT = 70


@dataclass(eq=False)
class SpinesegError(Exception):
    """Base of every error that a user can cause or mend; holds no patient data.

    Parameters
    ----------
    what
        What is wrong, in lower case and without a full stop.
    where
        File, series number or setting concerned; empty where there is none.
    remedy
        What the reader can do about it.
    """

    what: str
    where: str = ""
    remedy: str = ""

    exit_code: ClassVar[int] = EXIT_DEFECT

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f"; {self.remedy}" if self.remedy else ""
        return " ".join(f"{self.what}{place}{advice}".split())


class InputError(SpinesegError):
    """The study cannot be used."""

    exit_code = EXIT_INPUT


class UnreadableStudyError(InputError):
    """No file of the folder, or not this file, can be read as DICOM or as an image."""


class GeometryError(InputError):
    """The slices of a series do not make a volume."""


@dataclass(eq=False)
class NoSuitableSeriesError(InputError):
    """Every series of the study was refused; carries each refusal."""

    refusals: Sequence[str] = ()

    def __str__(self) -> str:
        reasons = f": {', '.join(self.refusals)}" if self.refusals else ""
        return " ".join(f"{InputError.__str__(self)}{reasons}".split())


class BundleError(SpinesegError):
    """The model is missing or is not the right one."""

    exit_code = EXIT_BUNDLE


class BundleNotFoundError(BundleError):
    """No bundle lies where one was expected."""


class ChecksumError(BundleError):
    """The weights are not those that the bundle's metadata names."""


class AnatomyError(SpinesegError):
    """The segmentation cannot be a spine."""

    exit_code = EXIT_ANATOMY


class ReportError(SpinesegError):
    """A DICOM result cannot be written or read."""

    exit_code = EXIT_INPUT


class UnknownReportError(ReportError):
    """The SR is not one that spineseg can read."""


class RulesetError(SpinesegError):
    """A rule file is wrong: file, line, field."""

    exit_code = EXIT_RULESET


class SettingsError(SpinesegError):
    """The command line, a configuration file or the output folder is wrong."""

    exit_code = EXIT_SETTINGS


@dataclass(eq=False)
class DestinationError(SpinesegError):
    """An archive cannot be reached, refuses us, or did not take everything.

    Parameters
    ----------
    transient
        Whether the same may work later without a change of settings.
    """

    transient: bool = False

    exit_code = EXIT_DESTINATION
