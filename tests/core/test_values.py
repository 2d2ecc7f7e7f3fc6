"""Small types that travel between packages."""

from mainsight.core.intervals import Intervals
from mainsight.core.quality import Quality
from mainsight.core.readings import Flag, Reading, Series


def test_no_intervals_have_their_step_and_no_length() -> None:
    none = Intervals.empty(900)
    assert (len(none), none.step_s) == (0, 900)
    assert {len(part) for part in (none.start_ms, none.value, none.low, none.high, none.quality, none.completeness)} == {0}


def test_better_quality_ranks_higher() -> None:
    assert [quality.label for quality in sorted(Quality)] == ["missing", "estimated", "suspect", "measured", "edited"]


def test_a_reading_knows_its_series_and_flags_add_up() -> None:
    reading = Reading("m", "power", 0, 1.0, 5, Flag.ARRIVAL_TIME | Flag.DEVICE)
    assert reading.series == Series("m", "power")
    assert Flag.DEVICE in Flag(reading.flags)
    assert Flag.RETAINED not in Flag(reading.flags)
