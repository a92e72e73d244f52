from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spineseg import errors
from spineseg.errors import NoSuitableSeriesError, SpinesegError

CLASSES = [
    value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, SpinesegError)
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SettingsError", 2),
        ("InputError", 3),
        ("UnreadableStudyError", 3),
        ("NoSuitableSeriesError", 3),
        ("GeometryError", 3),
        ("ReportError", 3),
        ("UnknownReportError", 3),
        ("BundleError", 4),
        ("BundleNotFoundError", 4),
        ("ChecksumError", 4),
        ("AnatomyError", 5),
        ("RulesetError", 6),
        ("DestinationError", 7),
        ("SpinesegError", 70),
    ],
)
def test_exit_codes(name: str, code: int) -> None:
    """Each error ends the program with the exit code of the contract, which routers act on."""
    assert getattr(errors, name).exit_code == code


def test_every_error_is_listed() -> None:
    """No error escapes the contract: a new class needs its row above."""
    assert len(CLASSES) == 14


@pytest.mark.parametrize("error", CLASSES)
def test_one_base(error: type[SpinesegError]) -> None:
    """Every error is caught by the base, and none of them ends the program as if all were well."""
    with pytest.raises(SpinesegError):
        raise error("no weights")
    assert error.exit_code != errors.EXIT_DONE


def test_message() -> None:
    """The message says what, where and what to do, in this order."""
    error = errors.BundleNotFoundError("no model", where="models/anatomy", remedy="run scripts/setup")

    assert str(error) == "no model (models/anatomy); run scripts/setup"


def test_message_without_place_and_remedy() -> None:
    """What is not known leaves no empty brackets behind."""
    assert str(errors.InputError("the folder is empty")) == "the folder is empty"


def test_refusals_are_named() -> None:
    """Where no series can be used, the message gives the reason for each of them."""
    error = NoSuitableSeriesError("no series can be used", where="study", refusals=["series 1: localizer", "series 2"])

    assert str(error) == "no series can be used (study): series 1: localizer, series 2"


lines = st.text(alphabet="ab \n\t\r.", min_size=1, max_size=30)


@given(lines, lines, lines, st.lists(lines, max_size=3))
def test_one_line(what: str, where: str, remedy: str, refusals: list[str]) -> None:
    """Whatever goes into an error, its message is one line."""
    for error in (
        errors.GeometryError(what, where=where, remedy=remedy),
        NoSuitableSeriesError(what, where=where, remedy=remedy, refusals=refusals),
    ):
        assert len(str(error).splitlines()) <= 1, error
