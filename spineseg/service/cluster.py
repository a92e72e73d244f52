"""Tasks -> outcomes, on Dask: a cluster of this machine or a scheduler elsewhere; no killed worker kills the node."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass

import dask
from distributed import Client, Future, LocalCluster

from spineseg.service.settings import WorkSettings
from spineseg.service.worker import Outcome, Task, analyse

LOGGER = logging.getLogger(__name__)

_CONNECT_S = 10.0  # to a scheduler [P]
_CONNECT_AGAIN_S = 5.0  # after a failure [P]
_RESTART_S = 30.0  # for a worker to go, or a connection to be made [P]
LOST = "lost"  # reason of an outcome whose scheduler went away: no fault of the study
# A worker that a study kills is not offered the same study again behind our back; it keeps the memory that the
# networks need between studies, so that only the limit itself is enforced, not the shares below it.
_DASK = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.daemon": True,
    "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": None,
    "distributed.admin.tick.limit": "1h",
}


class ConnectionLostError(Exception):
    """There is no scheduler to submit to."""


@dataclass(slots=True)
class _Running:
    """A task; its time runs from `begun`, since waiting for a worker is no fault of the study."""

    future: Future
    submitted: float
    begun: float | None = None


class Cluster:
    """Connection to the workers, made when it is first needed and again whenever it was lost."""

    def __init__(self, settings: WorkSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._local: LocalCluster | None = None
        self._running: dict[int, _Running] = {}
        self._dying: dict[str, float] = {}
        self._connecting: threading.Thread | None = None
        self._tried = -_CONNECT_AGAIN_S

    @property
    def free(self) -> int:
        """Tasks that may still be submitted."""
        self._bury()
        return max(self._settings.workers - len(self._running) - len(self._dying), 0)

    @property
    def running(self) -> tuple[int, ...]:
        """Keys of what is being worked on."""
        return tuple(self._running)

    def connect(self) -> bool:
        """Whether there are workers to submit to; connects where there is no connection."""
        if self._client is not None and self._client.status == "running":
            return True
        self._disconnect()
        try:
            self._client = self._start() if self._settings.scheduler == "local" else self._join()
        except (OSError, TimeoutError, ValueError) as error:
            LOGGER.error("no Dask scheduler: %s", type(error).__name__)
            return False
        return True

    def ready(self) -> bool:
        """Whether there are workers; where there are none, a thread connects, since that takes seconds."""
        if self._client is not None and self._client.status == "running":
            return True
        waited = time.monotonic() - self._tried
        if waited >= _CONNECT_AGAIN_S and (self._connecting is None or not self._connecting.is_alive()):
            self._tried = time.monotonic()
            self._connecting = threading.Thread(target=self.connect, name="dask-connect", daemon=True)
            self._connecting.start()
        return False

    def submit(self, key: int, task: Task) -> None:
        """Hand a task to a worker.

        Parameters
        ----------
        key
            By which its outcome is known; unique among what is running.
        """
        if self._client is None:
            raise ConnectionLostError
        future = self._client.submit(
            analyse, asdict(task), key=f"spineseg-{key}-{time.monotonic_ns()}", pure=False, retries=0
        )
        self._running[key] = _Running(future, time.monotonic())

    def finished(self) -> Iterator[tuple[int, Outcome]]:
        """Outcomes since the last call; each is given once."""
        for key, running in list(self._running.items()):
            outcome = self._outcome(running)
            if outcome is not None:
                del self._running[key]
                yield key, outcome

    def cancel(self, key: int) -> None:
        """Give a task up; its worker is replaced where it is working on it."""
        running = self._running.pop(key, None)
        if running is not None:
            self._stop(running.future)

    def close(self) -> None:
        """End everything."""
        self._running.clear()
        if self._connecting is not None:
            self._connecting.join(_RESTART_S)
        self._disconnect()

    def _outcome(self, running: _Running) -> Outcome | None:
        seconds = time.monotonic() - (running.begun or running.submitted)
        status = running.future.status
        if status == "finished":
            return Outcome(**running.future.result())
        if status == "error":
            error = running.future.exception()
            killed = type(error).__name__ == "KilledWorker"
            limit = f"{self._settings.memory_mb:g} MB"
            reason = (
                f"the worker died, perhaps over its memory limit of {limit}"
                if killed
                else f"the worker failed ({type(error).__name__})"
            )
            return Outcome(seconds=seconds, host="", stages={}, reason=reason, repeatable=True)
        if status in ("cancelled", "lost") or self._client is None or self._client.status != "running":
            return Outcome(seconds=seconds, host="", stages={}, reason=LOST, repeatable=True)
        if running.begun is None:
            with suppress(OSError, TimeoutError, ValueError, RuntimeError):
                running.begun = time.monotonic() if self._workers_of(running.future) else None
            return None
        if seconds > self._settings.time_limit_s:
            self._stop(running.future)
            reason = f"not done within {self._settings.time_limit_s:g} s"
            return Outcome(seconds=seconds, host="", stages={}, reason=reason, repeatable=True)
        return None

    def _stop(self, future: Future) -> None:
        """A thread cannot be ended from outside: its process ends itself, and its nanny starts a new one."""
        if self._client is None:
            return
        with suppress(OSError, TimeoutError, ValueError, RuntimeError):
            busy = self._workers_of(future)
            future.cancel(force=True)
            if busy:
                self._client.run(_end_process, workers=busy, wait=False)
                self._dying |= dict.fromkeys(busy, time.monotonic())

    def _workers_of(self, future: Future) -> list[str]:
        assert self._client is not None
        return [address for address, keys in self._client.processing().items() if future.key in keys]

    def _bury(self) -> None:
        """Forget workers that are gone: until then they would be offered the next study, and take it with them."""
        if not self._dying or self._client is None:
            return
        with suppress(OSError, TimeoutError, ValueError, RuntimeError):
            alive = set(self._client.nthreads())
            now = time.monotonic()
            self._dying = {
                one: since for one, since in self._dying.items() if one in alive and now - since < _RESTART_S
            }

    def _start(self) -> Client:
        with dask.config.set(_DASK):
            self._local = LocalCluster(
                n_workers=self._settings.workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=int(self._settings.memory_mb * 1e6),
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
            return Client(self._local, set_as_default=False)

    def _join(self) -> Client:
        return Client(self._settings.scheduler, timeout=_CONNECT_S, set_as_default=False)

    def _disconnect(self) -> None:
        for one in (self._client, self._local):
            if one is not None:
                with suppress(OSError, TimeoutError, RuntimeError):
                    one.close(timeout=_CONNECT_S) if isinstance(one, LocalCluster) else one.close()
        self._client = self._local = None


async def _end_process() -> None:  # what is not awaited must be a coroutine
    os.kill(os.getpid(), signal.SIGKILL)
