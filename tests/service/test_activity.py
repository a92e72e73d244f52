"""Tests of spineseg.service.activity: what arrived, and whether more came while it was dealt with."""

from __future__ import annotations

from spineseg.service.activity import Activity, Counters


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_quiet_time_begins_anew_with_every_instance() -> None:
    """A study is quiet for as long as its last instance is old, and its associations are counted until they end."""
    clock = _Clock()
    activity = Activity(clock)
    activity.arrived("1.2", sent_by="CT1", association=1)
    clock.now = 5.0
    activity.arrived("1.2", sent_by="CT1", association=2)
    clock.now = 8.0
    activity.closed(1)

    (arrival,) = activity.arrivals()

    assert (arrival.quiet_s, arrival.open_associations, arrival.sent_by) == (3.0, 1, "CT1")


def test_what_came_meanwhile_is_not_forgotten() -> None:
    """Settling an arrival does not settle an instance that came after it was looked at."""
    activity = Activity(_Clock())
    activity.arrived("1.2", sent_by="CT1")
    (arrival,) = activity.arrivals()
    activity.arrived("1.2", sent_by="CT1")
    activity.settle(arrival)
    (later,) = activity.arrivals()
    activity.settle(later)

    assert activity.arrivals() == ()


def test_counters_count_by_label() -> None:
    """Each label of a counter has its own number."""
    counters = Counters()
    counters.add("x", "a")
    counters.add("x", "a", 2.0)
    counters.add("x", "b")
    counters.add("y")

    assert sorted(counters.labels("x")) == [("a", 3.0), ("b", 1.0)]
