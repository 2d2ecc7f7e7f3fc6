"""Scores of rules against known faults, and of estimates against what was taken out."""

import numpy as np

from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.metering.rules import Rule
from mainsight.metering.score import Fault, gap_error, gap_score, score
from mainsight.metering.values import SLOT_MS, Values

A, B = Series("a", "power"), Series("b", "power")
TIME = np.arange(96, dtype=np.int64) * SLOT_MS


def told(*slots: int) -> Values:
    values = Values.of(np.ones(96))
    where = np.zeros(96, bool)
    where[list(slots)] = True
    values.mark(where, Quality.SUSPECT, Rule.V9)
    return values


def fault(series: Series, slot: int) -> Fault:
    return Fault("spike", frozenset({Rule.V9}), (series,), slot * SLOT_MS, (slot + 1) * SLOT_MS)


def test_runs_of_findings_are_right_near_faults_of_their_meter_or_its_relatives() -> None:
    values = {A: told(20, 21, 60), B: told(40)}
    [alone] = score(values, TIME, [fault(A, 20), fault(A, 80)], {}, 0)
    assert (alone.findings, alone.right, alone.faults, alone.caught) == (3, 1, 2, 1)
    assert (alone.precision, alone.recall) == (1 / 3, 0.5)
    [related] = score(values, TIME, [fault(A, 40)], {"b": ("a", "b")}, 0)
    assert related.right == 1


def test_what_lies_in_the_warm_up_does_not_count() -> None:
    assert score({A: told(20)}, TIME, [fault(A, 20)], {}, 50 * SLOT_MS) == []


def test_a_fault_that_another_rule_found_is_noticed() -> None:
    values = told()
    values.mark(np.arange(96) == 30, Quality.SUSPECT, Rule.V10)
    by_rule = {one.rule: one for one in score({A: values}, TIME, [fault(A, 30)], {}, 0)}
    assert (by_rule["V9"].caught, by_rule["V9"].noticed) == (0, 1)
    assert by_rule["V9"].recall == 0.0
    assert by_rule["V10"].precision == 1.0


def test_errors_of_gaps_stand_beside_a_straight_line_and_last_week() -> None:
    week = np.concatenate([[2.0, 12.0, 21.0, 10.0, 0.0], np.zeros(7 * 96 - 5)])
    truth = np.concatenate([week, [0.0, 10.0, 20.0, 10.0, 0.0]])
    estimate = np.concatenate([week, [0.0, 10.0, 19.0, np.nan, 0.0]])
    errors = gap_error(truth, estimate, len(week) + 1, len(week) + 4)
    assert errors == (1.0, 30.0, 3.0, 30.0, 2)
    scored = gap_score(0.75, [errors])
    assert (scored.filled, scored.error, scored.linear, scored.week) == (2 / 3, 1 / 30, 1.0, 0.1)
    assert gap_score(1.0, [gap_error(truth[:5], estimate[:5], 1, 4)]).error is None, "there is no week before"
