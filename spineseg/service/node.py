"""NodeSettings -> a running node: receiver, keeper, sender, page and operations; it ends on a signal or a defect."""

from __future__ import annotations

import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from spineseg.archive.commitment import CommitmentInbox
from spineseg.errors import SettingsError
from spineseg.service.activity import Activity, Counters
from spineseg.service.cluster import Cluster
from spineseg.service.database import open_database
from spineseg.service.intake import Intake
from spineseg.service.jobs import recover
from spineseg.service.layout import Layout
from spineseg.service.operations import NodeState, serve_operations
from spineseg.service.retention import purge_old
from spineseg.service.scp import Receiver, Reception, start_receiver
from spineseg.service.sender import Sender
from spineseg.service.settings import NodeSettings
from spineseg.service.work import Work

LOGGER = logging.getLogger(__name__)
_TICK_S = 0.25  # between two looks at arrivals, outcomes and deliveries [P]
_PURGE_EVERY_S = 3600.0  # [P]
_PAGE_STOP_S = 5.0
_SWITCH_S = 0.0005


@dataclass(slots=True, kw_only=True)
class Node:
    """Everything that runs."""

    settings: NodeSettings
    layout: Layout
    intake: Intake
    work: Work
    sender: Sender
    receiver: Receiver
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: dict[str, threading.Thread] = field(default_factory=dict)
    closers: list[Callable[[], Any]] = field(default_factory=list)

    def alive(self) -> dict[str, bool]:
        """Whether each thread runs."""
        return {name: thread.is_alive() for name, thread in self.threads.items()}

    def run(self) -> bool:
        """Work until `stopping` is set; False where a part of the node ended by itself, which is a defect."""
        self._start("keeper", self._keep)
        self._start("sender", self._send)
        while not self.stopping.wait(_TICK_S):
            if not all(self.alive().values()):
                LOGGER.critical("a part of the node ended: %s", [name for name, ok in self.alive().items() if not ok])
                return False
        return True

    def stop(self) -> None:
        """Receive nothing more, let running studies end for `work.stop_wait_s`, send what is in hand, end."""
        self.stopping.set()
        self.receiver.stop()
        for thread in self.threads.values():
            thread.join()
        deadline = time.monotonic() + self.settings.work.stop_wait_s
        while self.work.cluster.running and time.monotonic() < deadline:
            time.sleep(_TICK_S)
            with suppress(SQLAlchemyError):
                self.work.collect(_now())
        self.work.stop()
        self.sender.stop()
        for close in reversed(self.closers):
            close()

    def _start(self, name: str, target: Callable[[], None]) -> None:
        self.threads[name] = threading.Thread(target=target, name=name, daemon=True)
        self.threads[name].start()

    def _keep(self) -> None:
        purge_at = 0.0
        while not self.stopping.wait(_TICK_S):
            try:
                now = _now()
                self.intake.look(now)
                self.work.collect(now)
                self.work.start(now)
                if time.monotonic() >= purge_at:
                    purge_at = time.monotonic() + _PURGE_EVERY_S
                    with self.intake.sessions.begin() as session:
                        purge_old(session, self.layout, self.settings.storage, now)
            except (SQLAlchemyError, OSError) as error:
                # A locked database or a full disk: what was received is on disk, and all is looked at again.
                LOGGER.error("the keeper waits: %s", type(error).__name__)

    def _send(self) -> None:
        while not self.stopping.wait(_TICK_S):
            try:
                self.sender.look(_now())
            except (SQLAlchemyError, OSError) as error:
                LOGGER.error("the sender waits: %s", type(error).__name__)


def start_node(settings: NodeSettings) -> Node:
    """Make a node, take up what was interrupted, and listen.

    Raises
    ------
    SettingsError
        A folder, the database, a port or a certificate cannot be used.
    """
    _raise_file_limit()
    # A thread that comes back from the disk waits so long for one that decodes; 5 ms by default, several times an
    # instance. Measured with scripts/bench node.
    sys.setswitchinterval(_SWITCH_S)
    layout = Layout(settings.storage.folder.resolve())
    lock = layout.lock()
    layout.prepare()
    sessions = open_database(settings.storage.database_url)
    with sessions.begin() as session:
        interrupted = recover(session)
    activity, counters, inbox = Activity(), Counters(), CommitmentInbox()
    intake = Intake(settings=settings.completion, layout=layout, sessions=sessions, activity=activity)
    work = Work(
        settings=settings, layout=layout, sessions=sessions, activity=activity, cluster=Cluster(settings.work),
        counters=counters,
    )  # fmt: skip
    sender = Sender(settings=settings, layout=layout, sessions=sessions, inbox=inbox, counters=counters, clock=_now)
    intake.notice_everything()
    reception = Reception(
        settings=settings.receive, layout=layout, free_disk_mb=settings.storage.free_disk_mb, activity=activity,
        counters=counters, inbox=inbox, sessions=sessions,
    )  # fmt: skip
    receiver = start_receiver(reception)
    node = Node(settings=settings, layout=layout, intake=intake, work=work, sender=sender, receiver=receiver)
    node.closers.append(lambda: os.close(lock))
    state = NodeState(
        layout=layout, sessions=sessions, counters=counters, free_disk_mb=settings.storage.free_disk_mb,
        alive=node.alive,
    )  # fmt: skip
    operations = serve_operations(state, settings.operations)
    if operations is not None:
        node.closers.append(operations.shutdown)
    if settings.page.enabled:
        node.closers.append(_serve_page(settings, sessions, layout))
    LOGGER.info("listening on port %s; %s interrupted studies are run again", receiver.port, interrupted)
    return node


def stop_on_signals(node: Node) -> None:
    """SIGTERM and SIGINT end the node in order."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: node.stopping.set())


def _serve_page(settings: NodeSettings, sessions: Any, layout: Layout) -> Callable[[], None]:
    import uvicorn  # noqa: PLC0415 (a node without a page needs neither)

    from spineseg.service.web.app import create_app  # noqa: PLC0415

    page = settings.page
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, sessions, layout), host=page.host, port=page.port, log_config=None, access_log=False,
            ssl_certfile=page.certificate, ssl_keyfile=page.key, server_header=False, proxy_headers=False,
        )
    )  # fmt: skip
    thread = threading.Thread(target=server.run, name="page", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(_TICK_S)
    if not server.started:
        raise SettingsError("cannot serve the page", f"{page.host}:{page.port}", "choose another page.port")

    def close() -> None:
        server.should_exit = True
        thread.join(_PAGE_STOP_S)

    return close


def _raise_file_limit() -> None:
    """Each connection is a file; the usual soft limit of 1024 is soon reached."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _now() -> datetime:
    return datetime.now(UTC)
