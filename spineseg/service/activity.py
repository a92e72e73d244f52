"""What arrives -> which studies have been quiet for how long: shared by the receiver's threads and the keeper."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A study that something arrived of.

    Parameters
    ----------
    quiet_s : [s]
        Since the last instance.
    open_associations
        Associations that brought some of it and are still open.
    seen
        Grows with every instance.
    at_s : [s]
        When this was said, on the activity's clock.
    """

    study_instance_uid: str
    sent_by: str
    quiet_s: float
    open_associations: int
    seen: int
    at_s: float


@dataclass(slots=True)
class _Study:
    sent_by: str
    last: float
    seen: int = 0
    associations: set[int] = field(default_factory=set)


class Activity:
    """Studies of which something arrived and nobody has yet said that this is dealt with."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._studies: dict[str, _Study] = {}

    def arrived(self, study_instance_uid: str, *, sent_by: str, association: int | None = None) -> None:
        """An instance is on disk; also said of every study that was there when the node started."""
        with self._lock:
            study = self._studies.setdefault(study_instance_uid, _Study(sent_by, self._clock()))
            study.last, study.sent_by = self._clock(), sent_by
            study.seen += 1
            if association is not None:
                study.associations.add(association)

    def closed(self, association: int) -> None:
        """An association has ended, however it did."""
        with self._lock:
            for study in self._studies.values():
                study.associations.discard(association)

    def arrivals(self) -> tuple[Arrival, ...]:
        """Everything that is not dealt with."""
        with self._lock:
            now = self._clock()
            return tuple(
                Arrival(
                    study_instance_uid=uid,
                    sent_by=study.sent_by,
                    quiet_s=now - study.last,
                    open_associations=len(study.associations),
                    seen=study.seen,
                    at_s=now,
                )
                for uid, study in self._studies.items()
            )

    def settle(self, arrival: Arrival) -> None:
        """An arrival is dealt with, unless more has come since."""
        with self._lock:
            study = self._studies.get(arrival.study_instance_uid)
            if study is not None and study.seen == arrival.seen:
                del self._studies[arrival.study_instance_uid]


class Counters:
    """Numbers that only grow, by name and label: what /metrics tells of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[tuple[str, str], float] = {}

    def add(self, name: str, label: str = "", amount: float = 1.0) -> None:
        """Count."""
        with self._lock:
            self._values[name, label] = self._values.get((name, label), 0.0) + amount

    def values(self) -> Mapping[tuple[str, str], float]:
        """A copy of all."""
        with self._lock:
            return dict(self._values)

    def labels(self, name: str) -> Iterable[tuple[str, float]]:
        """Label and value of every counter of a name."""
        return tuple((label, value) for (one, label), value in self.values().items() if one == name)
