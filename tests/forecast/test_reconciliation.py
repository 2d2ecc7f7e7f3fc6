"""Parts and wholes: found by their meters, made to agree, nearest to what was forecast where that is trusted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.calendar import Calendar
from forecast.hierarchy import coherent, hierarchies
from forecast.reconciler import Reconciler, in_agreement
from forecast.settings import ForecastSettings
from forecast.targets import Target, targets
from mainsight.core.forecasts import Forecast
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, rfc3339
from mainsight.registry.reading import load_network
from mainsight.store.forecast_port import REACHES, DayScore
from mainsight.store.memory import MemoryState, MemoryStore

pytestmark = pytest.mark.anyio

CALENDAR = Calendar("Asia/Ho_Chi_Minh")
NOW_MS = 1_795_143_600_000 // HOUR_MS * HOUR_MS
SPREAD = np.array([-20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 20.0])


def target(name: str, *meters: str, step_s: int = 900) -> Target:
    return Target(name, "power", step_s, tuple(Series(meter, "power") for meter in meters), (), CALENDAR, "linear")


def said(name: str, median: float, *, width: float = 1.0, issue_ms: int = NOW_MS, step_s: int = 900, hours: int = 48) -> Forecast:
    times = issue_ms + step_s * 1000 * np.arange(hours * 3600 // step_s, dtype=np.int64)
    rows = np.tile(median + width * SPREAD, (len(times), 1))
    return Forecast(name, "power", issue_ms, step_s, times, rows, "linear")


FEEDERS = [target("f1", "m1"), target("f2", "m2"), target("f3", "m3")]
ZONES = [target("north", "m1", "m2"), target("south", "m3", "m4")]
PROVINCE = target("province", "m1", "m2", "m3", "m4")


def test_wholes_are_found_by_their_meters() -> None:
    [found] = hierarchies([PROVINCE, *ZONES, *FEEDERS, target("head", "t1")])
    assert [one.id for one in found.targets[: found.parts]] == ["f1", "f2", "south"], "f3 is not all of the south"
    assert [one.id for one in found.targets[found.parts :]] == ["north", "province"]
    assert found.sums.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]]
    assert hierarchies([*FEEDERS, target("head", "t1")]) == ()


def test_the_sample_province_adds_up() -> None:
    """Zones of feeders and of districts, the province of zones, substations of transformers."""
    network = load_network(Path(__file__).parents[2] / "registry")
    of = {one.targets[0].quantity: one for one in hierarchies(targets(network, ForecastSettings()))}
    for quantity, kinds in (("power", {"feeder", "transformer"}), ("flow", {"dma"})):
        parts, wholes = of[quantity].targets[: of[quantity].parts], of[quantity].targets[of[quantity].parts :]
        assert {network.kind(part.id) for part in parts} <= kinds | {"substation", "zone"}
        assert network.id in {whole.id for whole in wholes}
        assert set(network.zones) <= {one.id for one in of[quantity].targets}


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_agrees_already_stays_and_what_does_not_comes_nearest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    [found] = hierarchies([PROVINCE, *ZONES, *FEEDERS])
    variance = rng.uniform(0.1, 10, len(found.targets))
    free = np.zeros(len(found.targets), np.bool_)
    medians = rng.normal(100, 30, (len(found.targets), 5))
    agreed = coherent(medians, variance, found.sums, free)
    assert agreed == pytest.approx(found.sums @ agreed[: found.parts])
    assert coherent(agreed, variance, found.sums, free) == pytest.approx(agreed)

    def distance(of: np.ndarray) -> float:
        return float(((of - medians) ** 2 / variance[:, None]).sum())

    other = found.sums @ (agreed[: found.parts] + rng.normal(0, 1, (found.parts, 5)))
    assert distance(agreed) <= distance(other) + 1e-9


def test_the_forecast_that_is_trusted_less_moves_more() -> None:
    [found] = hierarchies([target("whole", "m1", "m2"), *FEEDERS[:2]])
    forecasts = [said("f1", 100.0, width=0.1), said("f2", 200.0, width=1.0), said("whole", 330.0, width=1.0)]
    sure, unsure, whole = in_agreement(found, forecasts, {})
    p50 = [float(one.quantiles[0, 3]) for one in (sure, unsure, whole)]
    assert p50[0] + p50[1] == pytest.approx(p50[2])
    assert p50[0] == pytest.approx(100.0, abs=0.2)
    assert p50[1] - 200 == pytest.approx(330 - p50[2], abs=0.2)
    assert (unsure.quantiles[0] - p50[1]).tolist() == pytest.approx(SPREAD.tolist()), "its band moved along"
    assert unsure.remarks.startswith("made to agree with its parts and the whole: P50 moved by 7")
    by_errors = in_agreement(found, forecasts, {block: np.array([100.0, 1e-6, 1e-6]) for block in (1, 6, 24, 48)})
    assert float(by_errors[0].quantiles[0, 3]) == pytest.approx(130.0, abs=0.01), "stored errors count before bands"


def test_finer_and_coarser_targets_agree_on_the_hour_and_nothing_falls_below_zero() -> None:
    [found] = hierarchies([target("whole", "m1", "m2", step_s=3600), *FEEDERS[:2]])
    low = said("f1", 30.0)
    low = replace(low, quantiles=np.maximum(low.quantiles - 25 * (np.arange(len(low.time_ms)) % 4 == 0)[:, None], 0.0))
    agreed = in_agreement(found, [low, said("f2", 200.0), said("whole", 120.0, step_s=3600)], {})
    hourly = [one.quantiles[:, 3].reshape(48, -1).mean(axis=1) for one in agreed]
    assert hourly[0] + hourly[1] == pytest.approx(hourly[2])
    assert min(float(one.quantiles.min()) for one in agreed) >= 0
    assert all((np.diff(one.quantiles, axis=1) >= 0).all() for one in agreed)


def test_what_never_errs_can_be_made_to_agree() -> None:
    [found] = hierarchies([target("whole", "m1", "m2"), *FEEDERS[:2]])
    agreed = in_agreement(found, [said(name, level, width=0.0) for name, level in (("f1", 100.0), ("f2", 200.0), ("whole", 330.0))], {})
    assert [float(one.quantiles[0, 3]) for one in agreed] == pytest.approx([110.0, 210.0, 320.0])


def test_one_without_news_is_carried_on() -> None:
    [found] = hierarchies([target("whole", "m1", "m2"), *FEEDERS[:2]])
    old = said("f1", 100.0, issue_ms=NOW_MS - 6 * HOUR_MS)
    agreed = in_agreement(found, [old, said("f2", 200.0), said("whole", 330.0)], {})
    assert [one.issue_ms for one in agreed] == [NOW_MS] * 3
    assert agreed[0].time_ms[0] == NOW_MS
    assert len(agreed[0].time_ms) == 42 * 4
    assert agreed[0].remarks.startswith(f"carried on from the issue of {rfc3339(old.issue_ms)}: nothing new was measured since; made to")
    total = agreed[0].quantiles[:, 3] + agreed[1].quantiles[: 42 * 4, 3]
    assert total == pytest.approx(agreed[2].quantiles[: 42 * 4, 3])
    assert agreed[2].quantiles[-1, 3] == 330.0, "what one of them does not reach stays as it is"
    later = [said(name, level, issue_ms=NOW_MS + HOUR_MS) for name, level in (("f2", 200.0), ("whole", 330.0))]
    again = in_agreement(found, [agreed[0], *later], {})[0]
    assert again.issue_ms == NOW_MS + HOUR_MS
    told = [remark.partition(":")[0] for remark in again.remarks.split("; ")]
    assert told == [remark.partition(":")[0] for remark in agreed[0].remarks.split("; ")], "remarks do not grow with the rounds"


async def test_it_is_stored_once_a_round_by_the_errors_that_were_made() -> None:
    store, state = MemoryStore("UTC"), MemoryState()
    all_targets = [target("whole", "m1", "m2"), *FEEDERS[:2]]
    reconciler = Reconciler(store, state)
    assert await reconciler.reconcile(all_targets) == []
    await store.write_forecast([said("f1", 100.0), said("f2", 200.0), said("whole", 330.0)])
    await state.save_forecast_scores(
        [score(name, f"2026-11-{day:02d}", square) for day in range(12, 20) for name, square in ERRORS.items()]
    )
    assert len(await reconciler.reconcile(all_targets)) == 3
    kept = [await store.forecast(name, "power") for name in ("f1", "f2", "whole")]
    p50 = [float(one.quantiles[40, 3]) for one in kept if one is not None]
    assert p50 == pytest.approx([100.0, 230.0, 330.0], abs=0.1), "from 6 h on; the second feeder was always the worst"
    assert await reconciler.reconcile(all_targets) == []
    await store.write_forecast([said("f1", 120.0, issue_ms=NOW_MS + HOUR_MS)])
    assert len(await reconciler.reconcile(all_targets)) == 3
    assert await Reconciler(store, state).reconcile(all_targets[:1]) == []


ERRORS = {"f1": 0.001, "f2": 1000.0, "whole": 0.001}


def score(name: str, day: str, square: float) -> DayScore:
    none = (0,) * len(REACHES)
    return DayScore(name, "power", day, 24, 1, 1.0, 1.0, 0.0, square, 0.1, 1, 1, 1.0, 1.0, 1.0, none, none, "", 0)
