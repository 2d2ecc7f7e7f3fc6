"""How long batches wait, against brokers and loads that are played in virtual time."""

from collections.abc import Iterable
from itertools import count

import pytest

from collector.linger import Linger

LONGEST_S, COMMIT_S = 0.05, 0.008


class Play:
    """A collector whose commits take `COMMIT_S`; messages arrive at given instants, or when a broker's window is free."""

    def __init__(self, due_s: Iterable[float], *, window: int = 10**9, trip_s: float = 0.0, longest_s: float = LONGEST_S) -> None:
        self._linger = Linger(longest_s)
        self._due = iter(due_s)
        self._next_s = next(self._due)
        self._window = window
        self._trip_s = trip_s
        self._now_s = 0.0
        self._free_s = 0.0
        self.unacknowledged: list[float] = []
        self.commits: list[int] = []
        self.waits_s: list[float] = []

    def run(self, seconds: float) -> None:
        while self._now_s < seconds:
            filling = self._take(self._now_s)
            if not filling:
                self._now_s = max(self._next_s, self._free_s)
                continue
            while (wait_s := self._linger.wait_s(len(self.unacknowledged), self._now_s)) > 0:
                self._now_s += wait_s
                self._take(self._now_s)
            size = len(self.unacknowledged)
            self.waits_s += [self._now_s - at for at in self.unacknowledged]
            self._now_s += COMMIT_S
            self._take(self._now_s)
            del self.unacknowledged[:size]
            self.commits.append(size)
            self._free_s = self._now_s + self._trip_s
            self._linger.acknowledged(size, self._now_s)
            if self.unacknowledged:
                self._linger.begin(self.unacknowledged[0])

    def _take(self, until_s: float) -> int:
        """Let arrive what the broker has and may send."""
        while len(self.unacknowledged) < self._window and (at_s := max(self._next_s, self._free_s)) <= until_s:
            self._linger.arrived(at_s, unacknowledged=bool(self.unacknowledged))
            if not self.unacknowledged:
                self._linger.begin(at_s)
            self.unacknowledged.append(at_s)
            self._next_s = next(self._due)
        return len(self.unacknowledged)


def every(step_s: float) -> Iterable[float]:
    return (step_s * number for number in count(1))


@pytest.mark.parametrize("per_s", [50, 100, 500, 2_000])
def test_what_trickles_in_is_gathered_and_nothing_waits_longer_than_it_may(per_s: int) -> None:
    play = Play(every(1 / per_s))
    play.run(20)
    assert sum(play.commits) > 19.8 * per_s
    assert len(play.commits) < 20 * 20
    assert max(play.waits_s) <= LONGEST_S + COMMIT_S


@pytest.mark.parametrize("window", [1, 20])
@pytest.mark.parametrize("trip_s", [0.0005, 0.03])
def test_a_broker_with_a_small_window_is_hardly_kept_waiting(window: int, trip_s: float) -> None:
    """All is there from the start: with no wait at all each window would take a commit and the way there and back."""
    play = Play((0.0 for _ in count()), window=window, trip_s=trip_s)
    play.run(20)
    assert sum(play.commits) > 0.9 * window * 20 / (COMMIT_S + trip_s)


def test_single_messages_are_not_kept_waiting_but_now_and_then() -> None:
    play = Play(every(0.2))
    play.run(60)
    assert sorted(play.waits_s)[len(play.waits_s) // 2] == 0


def test_a_wait_of_nothing_is_none() -> None:
    play = Play(every(0.001), longest_s=0.0)
    play.run(2)
    assert max(play.waits_s) <= COMMIT_S
