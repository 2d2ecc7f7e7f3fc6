"""A point that the server is still writing shows some of its fields: it is not a reading yet."""

from mainsight.store.influx.reads import _raw


def test_a_point_without_all_its_fields_is_left_for_the_next_look() -> None:
    raw = _raw({"time": [1000, 2000, 3000], "v": [1.0, 2.0, None], "lag_s": [1, None, 1], "flags": [0, 0, 0]})
    assert raw.time_ms.tolist() == [1000]
    assert raw.value.tolist() == [1.0]
    assert raw.arrival_ms.tolist() == [2000]


def test_nothing_whole_gives_no_readings() -> None:
    raw = _raw({"time": [1000], "v": [1.0], "lag_s": [None], "flags": [0]})
    assert len(raw.time_ms) == len(raw.value) == len(raw.arrival_ms) == len(raw.flags) == 0
