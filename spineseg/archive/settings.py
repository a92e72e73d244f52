"""TOML with a [destinations] table -> Destination by name; wrong keys and values are refused with where they stand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from spineseg.archive.destination import (
    DEFAULT_AE_TITLE,
    DEFAULT_COMMITMENT_TIMEOUT_S,
    DEFAULT_TIMEOUT_S,
    CommitmentSettings,
    Destination,
    DimsePeer,
    Tls,
    WebPeer,
)
from spineseg.errors import SettingsError

# PS3.5 table 6.2-1, VR AE: 16 characters, no backslash and no control character, not only spaces.
AeTitle = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[!-\[\]-~](?:[ -\[\]-~]*[!-\[\]-~])?$")]
Port = Annotated[int, Field(ge=1, le=65535)]
_DIMSE_KEYS = ("port", "called_ae_title")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _TlsEntry(_Entry):
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together")
        return self


class _CommitmentEntry(_Entry):
    listen_port: Port | None = None
    listen_host: str = ""
    timeout_s: Annotated[float, Field(gt=0, strict=False)] = DEFAULT_COMMITMENT_TIMEOUT_S


class _DestinationEntry(_Entry):
    host: Annotated[str, Field(min_length=1)] | None = None
    port: Port | None = None
    called_ae_title: AeTitle | None = None
    calling_ae_title: AeTitle = DEFAULT_AE_TITLE
    storage_commitment: _CommitmentEntry | None = None
    url: str | None = None
    user_name: str | None = None
    password_file: str | None = None
    token_file: str | None = None
    tls: _TlsEntry | None = None
    accepts_labelmap: bool = True
    timeout_s: Annotated[float, Field(gt=0, strict=False)] = DEFAULT_TIMEOUT_S

    @field_validator("url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url is not None:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("an address begins with http:// or https://")
            if parts.username or parts.password:
                raise ValueError("no user or password in the address: see user_name and password_file")
        return url

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.host is None) == (self.url is None):
            raise ValueError("give either host, port and called_ae_title, or url")
        if self.host is not None and any(getattr(self, key) is None for key in _DIMSE_KEYS):
            raise ValueError("host needs port and called_ae_title")
        if (self.user_name is None) != (self.password_file is None):
            raise ValueError("user_name and password_file belong together")
        return self


def read_destinations(path: Path) -> dict[str, Destination]:
    """Destinations of the [destinations] table of a TOML file; its other tables are not ours.

    Raises
    ------
    SettingsError
        The file cannot be read, or an entry is wrong.
    """
    remedy = "see configs/destinations.toml for the form"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not TOML: {error}", path.name, remedy) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("the destinations cannot be read", str(path), "name a TOML file with --config") from error
    return parse_destinations(content.get("destinations", {}), where=path)


def parse_destinations(table: object, *, where: Path) -> dict[str, Destination]:
    """Destinations of a [destinations] table.

    Parameters
    ----------
    where
        The file that the table stands in; names of files in the table are relative to its folder.

    Raises
    ------
    SettingsError
        An entry is wrong.
    """
    if not isinstance(table, Mapping):
        raise SettingsError("destinations is not a table", where.name, "write [destinations.NAME]")
    return {str(name): _destination(str(name), entry, where) for name, entry in table.items()}


def _destination(name: str, entry: object, where: Path) -> Destination:
    try:
        given = _DestinationEntry.model_validate(entry)
    except ValidationError as error:
        raise SettingsError(_first_fault(error), f"{where.name}, destinations.{name}", _allowed()) from error
    folder = where.parent
    return Destination(
        name=name,
        peer=_dimse(given) if given.url is None else _web(given, folder),
        tls=None if given.tls is None else _tls(given.tls, folder),
        accepts_labelmap=given.accepts_labelmap,
        timeout_s=given.timeout_s,
    )


def _tls(given: _TlsEntry, folder: Path) -> Tls:
    return Tls(
        ca_file=_file(given.ca_file, folder),
        certificate_file=_file(given.certificate_file, folder),
        key_file=_file(given.key_file, folder),
        server_name=given.server_name,
    )


def _dimse(given: _DestinationEntry) -> DimsePeer:
    assert given.host is not None
    assert given.port is not None
    assert given.called_ae_title is not None
    asked = given.storage_commitment
    commitment = None if asked is None else CommitmentSettings(**asked.model_dump())
    return DimsePeer(
        host=given.host,
        port=given.port,
        called_ae_title=given.called_ae_title,
        calling_ae_title=given.calling_ae_title,
        commitment=commitment,
    )


def _web(given: _DestinationEntry, folder: Path) -> WebPeer:
    assert given.url is not None
    return WebPeer(
        url=given.url.rstrip("/"),
        user_name=given.user_name,
        password_file=_file(given.password_file, folder),
        token_file=_file(given.token_file, folder),
    )


def _file(name: str | None, folder: Path) -> Path | None:
    return None if name is None else folder / Path(name).expanduser()


def _first_fault(error: ValidationError) -> str:
    """The first complaint, with its key and without the value, which may be a secret."""
    fault = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in fault["loc"])
    words = "not a known key" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Value error, ")
    return f"{key}: {words}" if key else words


def _allowed() -> str:
    return f"keys are {', '.join(_DestinationEntry.model_fields)}"
