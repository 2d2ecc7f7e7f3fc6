"""A point that the server is still writing shows some of its fields: it is not a reading yet."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from mainsight.core.readings import Reading, Series
from mainsight.store.influx.connection import Table
from mainsight.store.influx.reads import _raw, last

POWER, FLOW = Series("m-1", "power"), Series("m-2", "flow")


def test_a_point_without_all_its_fields_is_left_for_the_next_look() -> None:
    raw = _raw({"time": [1000, 2000, 3000], "v": [1.0, 2.0, None], "lag_s": [1, None, 1], "flags": [0, 0, 0]})
    assert raw.time_ms.tolist() == [1000]
    assert raw.value.tolist() == [1.0]
    assert raw.arrival_ms.tolist() == [2000]


def test_nothing_whole_gives_no_readings() -> None:
    raw = _raw({"time": [1000], "v": [1.0], "lag_s": [None], "flags": [0]})
    assert len(raw.time_ms) == len(raw.value) == len(raw.arrival_ms) == len(raw.flags) == 0


class HalfSeen:
    """Answers as a server does that shows a point of one series whole, and of another without its lag."""

    async def query(self, statements: Sequence[Any]) -> AsyncIterator[Table]:
        assert len(statements) == 1
        for series, lag_s in ((POWER, 2), (FLOW, None)):
            columns = {"time": [1000], "last": [5.0], "lag_s": [lag_s], "flags": [0]}
            yield Table(0, {"meter": series.meter, "quantity": series.quantity}, columns)


@pytest.mark.anyio
async def test_a_last_point_without_all_its_fields_is_no_last_reading_yet() -> None:
    found = await last(HalfSeen(), None)  # type: ignore[arg-type]  # all that is asked of a connection
    assert found == {POWER: Reading(*POWER, 1000, 5.0, 3000, 0)}
