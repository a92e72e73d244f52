"""node.toml -> NodeSettings: everything that a site sets; unknown keys and wrong values are refused by their name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from spineseg.archive.destination import Destination
from spineseg.archive.settings import parse_destinations
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.errors import SettingsError


def _beside(path: Path, info: ValidationInfo) -> Path:
    return path if info.context is None else info.context["folder"] / path.expanduser()


Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Megabytes = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]
# At most 16 characters of the default repertoire without backslash, not led by a space (PS3.5 section 6.2).
AeTitle = Annotated[str, Field(pattern=r"^[!-\[\]-~][ -\[\]-~]{0,15}$")]
# Relative to the folder of the settings' file.
FilePath = Annotated[Path, AfterValidator(_beside)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]

DATABASE_FILE = "node.db"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StorageSettings(_Settings):
    """Where everything lies.

    Parameters
    ----------
    folder
        Holds `received/`, `results/`, `incoming/` and, without `database`, `node.db`.
    database
        SQLAlchemy URL; empty for SQLite in the folder.
    shared
        fsspec URL that node and remote workers both reach; empty where they see `folder` under the same path.
    free_disk_mb : [MB]
        Least free space; below it instances are answered "out of resources".
    """

    folder: FilePath
    database: str = ""
    shared: str = ""
    free_disk_mb: Megabytes = 2000  # about twelve CT series of 300 slices [P]
    keep_received_days: Annotated[float, Field(gt=0)] | None = None
    keep_results_days: Annotated[float, Field(gt=0)] | None = None

    @property
    def database_url(self) -> str:
        """URL of the database, SQLite's file by default."""
        return self.database or f"sqlite:///{self.folder.resolve() / DATABASE_FILE}"


class TlsSettings(_Settings):
    """Certificates of a TLS listener or of a connection to a peer (PS3.15 annex B).

    Parameters
    ----------
    authorities
        PEM file of those who sign the peers' certificates; a peer without one of theirs is refused.
    """

    certificate: FilePath
    key: FilePath
    authorities: FilePath


class PeerSettings(_Settings):
    """Who may send: an AE title, from any of these addresses or networks (empty: from anywhere)."""

    ae_title: AeTitle
    addresses: tuple[str, ...] = ()


class ReceiveSettings(_Settings):
    """The DICOM listener.

    Parameters
    ----------
    peers
        Empty: only this machine may send.
    association_timeout_s, idle_timeout_s : [s]
        To ask for an association after connecting; between two messages of one.
    report_peers
        Host and port of who asks for storage commitment, by AE title: `{PACS = "10.0.0.5:104"}`.
    """

    ae_title: AeTitle = "SPINESEG"
    host: str = "127.0.0.1"
    port: Port = 11112
    peers: tuple[PeerSettings, ...] = ()
    check_called_ae_title: bool = True
    tls: TlsSettings | None = None
    maximum_associations: Count = 50
    association_timeout_s: Seconds = 5
    idle_timeout_s: Seconds = 60
    maximum_instance_mb: Megabytes = 2000
    report_peers: dict[AeTitle, str] = Field(default_factory=dict)


class CompletionSettings(_Settings):
    """When a study is taken to be complete.

    Parameters
    ----------
    quiet_s : [s]
        Nothing has come for so long.
    quiet_after_release_s : [s]
        Nothing has come for so long, and every association that brought some of it was released; None: as `quiet_s`.
    """

    quiet_s: Seconds = 60  # the routers' usual stable age (calling-conventions.md, 4.1 and 4.4)
    quiet_after_release_s: Seconds | None = None


class WorkSettings(_Settings):
    """The analysis.

    Parameters
    ----------
    scheduler
        "local", or a Dask scheduler's address such as tcp://10.0.0.7:8786.
    workers
        Studies analysed at a time; with a remote scheduler, studies submitted at a time.
    memory_mb, time_limit_s
        Of one study; a local worker over its memory is killed and replaced.
    backoff_s : [s]
        Before the second attempt; doubled before each further one.
    """

    scheduler: Annotated[str, Field(pattern=r"^(local|(tcp|tls|ucx)://\S+)$")] = "local"
    workers: Count = 1
    memory_mb: Megabytes = 6000  # 1.8 GB was the most on a CT of 275 slices (docs/validation.md)
    time_limit_s: Seconds = 900
    attempts: Count = 3
    backoff_s: Seconds = 30
    model: FilePath | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    segmenter: Annotated[str, Field(pattern=r"^(bundle|masks:.+)$")] = "bundle"
    stop_wait_s: Annotated[float, Field(ge=0)] = 20


class RouteSettings(_Settings):
    """Which results go where; every route that fits a study counts.

    Parameters
    ----------
    to
        Names of destinations.
    calling_ae_title
        Only studies that this AE sent.
    outcomes
        Only these outcomes of run.json; empty: all.
    """

    to: tuple[Name, ...]
    calling_ae_title: AeTitle | None = None
    outcomes: tuple[str, ...] = ()


class SendSettings(_Settings):
    """Results out.

    Parameters
    ----------
    commitment_timeout_s : [s]
        How long a commitment that was asked for is waited for before everything is sent again.
    """

    routes: tuple[RouteSettings, ...] = ()
    attempts: Count = 10
    backoff_s: Seconds = 30
    longest_backoff_s: Seconds = 3600
    commitment_timeout_s: Seconds = 3600


class AlertSettings(_Settings):
    """Who is told of a high grade, without patient data.

    Parameters
    ----------
    at_least
        Least ESCC; the upper end of the interval counts, and a lesion whose grade is not known counts, too.
    url
        POSTed to as JSON.
    mail_to, mail_from, smtp
        E-mail by the server "host:port".
    """

    at_least: EsccGrade = EsccGrade.G2
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    mail_to: tuple[str, ...] = ()
    mail_from: str = "spineseg@localhost"
    smtp: str = "127.0.0.1:25"

    @field_validator("at_least")
    @classmethod
    def _on_the_scale(cls, grade: EsccGrade) -> EsccGrade:
        if grade not in ESCC_RANK:
            raise ValueError("is not a grade from 0 to 3")
        return grade


class UserSettings(_Settings):
    """A user of the page; the hash is argon2id's.

    Parameters
    ----------
    person_name
        As a corrected report names its verifying observer ("DOE^JANE"); empty for `name`.
    """

    name: Name
    person_name: str = ""
    password_hash: Annotated[str, Field(pattern=r"^\$argon2id\$")]


class PageSettings(_Settings):
    """The worklist page.

    Parameters
    ----------
    trusted_user_header, trusted_proxies
        Header in which a proxy at one of these addresses names the user it has let in.
    organization
        Stated as the verifying organisation when a grade is corrected.
    """

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 8042
    certificate: FilePath | None = None
    key: FilePath | None = None
    users: tuple[UserSettings, ...] = ()
    trusted_user_header: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    organization: str = ""


class OperationsSettings(_Settings):
    """Where /healthz and /metrics are served; port None: nowhere."""

    host: str = "127.0.0.1"
    port: Port | None = 9112


class NodeSettings(_Settings):
    """A node; `destinations` are those of `spineseg send`, by name."""

    destinations: dict[str, Destination] = Field(default_factory=dict)
    storage: StorageSettings
    receive: ReceiveSettings = ReceiveSettings()
    completion: CompletionSettings = CompletionSettings()
    work: WorkSettings = WorkSettings()
    send: SendSettings = SendSettings()
    alert: AlertSettings | None = None
    page: PageSettings = PageSettings()
    operations: OperationsSettings = OperationsSettings()

    @model_validator(mode="after")
    def _reachable_only_by_peers(self) -> NodeSettings:
        if not self.receive.peers and not is_loopback(self.receive.host):
            raise ValueError("receive.peers must name who may send when receive.host is not this machine alone")
        return self

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> NodeSettings:
        unknown = {name for route in self.send.routes for name in route.to} - set(self.destinations)
        if unknown:
            raise ValueError(f"send.routes names a destination that is not there: {sorted(unknown)[0]}")
        return self


def is_loopback(host: str) -> bool:
    """Whether an address to listen at can be reached from this machine only."""
    return host in ("localhost", "::1") or host.startswith("127.")


def read_settings(path: Path) -> NodeSettings:
    """Settings of a node from its TOML file.

    Raises
    ------
    SettingsError
        The file cannot be read, is no TOML, or a key or value is wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        destinations = parse_destinations(content.pop("destinations", {}), where=path)
        content["destinations"] = destinations
        return NodeSettings.model_validate(content, context={"folder": path.parent})
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("the settings cannot be read", str(path), "give --config configs/node.toml") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"no valid TOML: {error}", str(path), "mend the line") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"{key}: {first['msg'].lower()}", str(path), "see configs/node.toml") from error
