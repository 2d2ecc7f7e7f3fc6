"""How all alarm points stand: their records with what they were judged by, kept, packed for the store, and told in words."""

from collections.abc import Mapping
from dataclasses import replace
from math import isnan, nan

from mainsight.alarms.evaluate import PointState, allowed_ms
from mainsight.alarms.outcome import Outcome, explained
from mainsight.alarms.points import Key, Point
from mainsight.alarms.predict import Prediction
from mainsight.alarms.rules import SilenceRule
from mainsight.alarms.sampling import Sampler
from mainsight.alarms.signal import Sample, Window
from mainsight.alarms.silence import Silences
from mainsight.alarms.state import Step, Suppression, held_active
from mainsight.alarms.texts import describe, describe_prediction
from mainsight.core.network import Text
from mainsight.core.zonetime import MINUTE_MS
from mainsight.store.alarm_port import AlarmRecord


class UnknownAlarmError(KeyError):
    """There is no such rule on such an asset."""

    def __str__(self) -> str:
        """Say it without quotes."""
        return str(self.args[0])


class Standing:
    """The state of all points; `Engine` moves it on."""

    def __init__(self) -> None:
        """Start without points; `stand` gives them."""
        self.points: dict[Key, Point] = {}
        """Stays the same object for those who hold it."""

    def stand(self, points: Mapping[Key, Point], sampler: Sampler, silences: Silences) -> None:
        """Begin anew with points at rest."""
        self.points.clear()
        self.points.update(points)
        self.sampler = sampler
        self._silences = silences
        self._states = {key: PointState(fresh_record(point)) for key, point in points.items()}
        self._timed: set[Key] = set()

    def record(self, key: Key) -> AlarmRecord:
        """Present record of a point.

        Raises:
            UnknownAlarmError: there is no such point.

        """
        if key not in self._states:
            raise UnknownAlarmError(f"there is no rule {key.rule} on {key.asset}")
        return self._states[key].record

    def value(self, key: Key) -> float | None:
        """Newest sample of a point; None where it has none, it was missing, or its source has gone quiet since."""
        state = self._states[key]
        value = state.window.head.value
        return None if isnan(value) or state.record.condition == "unknown" else value

    def sentence(self, key: Key, now_ms: int) -> Text:
        """What stands, in words; the rule's name where nothing has happened yet."""
        point, record, prediction = self.points[key], self.record(key), self.prediction(key)
        active = held_active(record)
        if prediction is not None:
            return describe_prediction(point, active, prediction, now_ms)
        if record.since_ms == 0:
            return point.rule.name.text()
        silent, value = self.silent_ms(key, now_ms), self.value(key)
        if silent is not None:
            value = silent / MINUTE_MS
        elif isinstance(point.rule, SilenceRule):
            value = 100 * self.silent_share(key, now_ms)
        return describe(point, active, nan if value is None else value, record.since_ms, gone=self._silences.is_gone(point))

    def prediction(self, key: Key) -> Prediction | None:
        """Last prediction of a forecast rule's point."""
        data = self._states[key].record.data.get("prediction")
        return None if data is None else Prediction.from_json(data)

    def silent_ms(self, key: Key, now_ms: int) -> int | None:
        """How long the meter of a point has been quiet; None for other points."""
        point = self.points[key]
        if not isinstance(point.rule, SilenceRule) or point.rule.share is not None:
            return None
        return now_ms - self._silences.last(point.meters[0])

    def silent_share(self, key: Key, now_ms: int) -> float:
        """Share of the meters of a silence rule's point that are quiet, 0 to 1."""
        point = self.points[key]
        assert isinstance(point.rule, SilenceRule), "asked of silence rules"
        heard, gone = self._silences.last_heard(point, self._states[key].record, now_ms), self._silences.gone_ms
        return sum(m.id in gone or now_ms - heard[m.id] > allowed_ms(point.rule, m) for m in point.meters) / len(point.meters)

    def newest_ms(self, key: Key) -> int:
        """Time of the newest sample, reading or forecast that a point was judged by; 0 where there is none."""
        point, state = self.points[key], self._states[key]
        newest = max((self.sampler.last_ms.get(meter.id, 0) for meter in point.meters), default=0)
        return newest or state.window.head.at_ms or state.record.watermark_ms

    def _show(self, key: Key, sample: Sample) -> None:
        state = self._states[key]
        if sample.at_ms > state.window.head.at_ms:
            head = state.window.head._replace(at_ms=sample.at_ms, value=sample.value)
            self._states[key] = replace(state, window=state.window._replace(head=head))

    def _take(self, key: Key, step: Step, outcome: Outcome) -> None:
        self._put(key, step.record, outcome)
        outcome.transitions += [explained(t, self.sentence(key, t.known_ms)) if t.announced else t for t in step.transitions]

    def _put(self, key: Key, record: AlarmRecord, outcome: Outcome) -> None:
        if record is not self._states[key].record:
            self._set(key, replace(self._states[key], record=record))
            outcome.records[key] = self._packed(key)

    def _set(self, key: Key, state: PointState) -> None:
        """Keep a state, and whether the clock may change it."""
        self._states[key] = state
        record = state.record
        reminds = self.points[key].rule.realarm_min is not None and record.acknowledged and held_active(record)
        if reminds or Suppression.SHELVED in record.suppressions:
            self._timed.add(key)
        else:
            self._timed.discard(key)

    def _packed(self, key: Key, record: AlarmRecord | None = None) -> AlarmRecord:
        """A record with its window and what its samples are worked out from, so that a restart goes on where it was."""
        state = self._states[key]
        record = state.record if record is None else record
        if kept := self.sampler.kept(key):
            record = replace(record, data=record.data | kept)
        return with_window(record, state.window)


def with_window(record: AlarmRecord, window: Window) -> AlarmRecord:
    """A record as it is stored: with the samples that late ones may still join."""
    if not window.samples:
        return record
    return replace(record, watermark_ms=window.head.at_ms, data=record.data | {"window": window.to_json()})


def fresh_record(point: Point) -> AlarmRecord:
    """A point at rest."""
    return AlarmRecord(point.rule.id, point.asset, priority=point.rule.priority.value)


def stored_state(point: Point, record: AlarmRecord) -> PointState:
    """What `with_window` gave, for the point as its rule has it now."""
    window = record.data.get("window")
    return PointState(record, Window() if window is None or point.criterion is None else Window.from_json(point.criterion, window))
