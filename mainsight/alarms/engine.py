"""All alarm points together: readings, forecasts, people and time come in; records and transitions come out.

No clock, no store, no network of its own: `AlarmService` gives it the present, `replay` gives it the past.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from mainsight.alarms.composite import Composites, Turn
from mainsight.alarms.evaluate import Evaluated, PointState, evaluate_samples, evaluate_silence
from mainsight.alarms.inhibit import Inhibition
from mainsight.alarms.outcome import BY_DESIGN, EXPIRED, RAISED, REALARM, RELEASED, SWITCHED_OFF, Outcome, explained
from mainsight.alarms.points import Key, Point, build_points, name_of, of_present
from mainsight.alarms.predict import Prediction, evaluate_forecast, predict
from mainsight.alarms.rules import ForecastRule, Rule
from mainsight.alarms.sampling import Sampler, Samples
from mainsight.alarms.settings import AlarmSettings
from mainsight.alarms.signal import Sample
from mainsight.alarms.silence import Silences
from mainsight.alarms.standing import Standing, UnknownAlarmError, stored_state, with_window
from mainsight.alarms.state import Event, Step, Suppression, become_unknown, held_active, lift, prioritise, realarm, suppress, switch_off
from mainsight.alarms.texts import describe, describe_prediction
from mainsight.core.capacity import capacities
from mainsight.core.factors import Entered
from mainsight.core.forecasts import Forecast
from mainsight.core.network import Network
from mainsight.core.presence import Presence
from mainsight.core.readings import Reading, Series
from mainsight.core.topology import DEMAND_QUANTITY
from mainsight.core.zonetime import MINUTE_MS, SECOND_MS
from mainsight.store.alarm_port import AlarmRecord
from mainsight.store.rule_port import PlannedOutage

__all__ = ["Engine", "UnknownAlarmError"]

_HEAT_KEPT_EVERY_MS = 15 * MINUTE_MS


class Engine(Standing):
    """Moves the state of all points on. Used from one thread; nothing in it blocks."""

    def __init__(
        self,
        network: Network,
        rules: Iterable[Rule],
        settings: AlarmSettings,
        started_ms: int,
        present: Collection[str] | None = None,
        presence: Presence | None = None,
    ) -> None:
        """Build the points; with `present`, the silence of other meters is not judged. Who is gone by `presence` is silent at once.

        Raises:
            RuleMismatchError: a rule names what the network does not have.

        """
        super().__init__()
        self._network = network
        self._settings = settings
        self._presence = presence or Presence()
        self._planned_until_ms = started_ms
        self._heat_kept_ms = started_ms
        points = build_points(network, rules)
        self._build(points if present is None else dict(of_present(points, present)), started_ms)

    def _build(self, points: dict[Key, Point], started_ms: int) -> None:
        """Make all that follows from the points."""
        network = self._network
        sampler = Sampler(network, points.values(), self._settings.lateness_s * SECOND_MS, self._presence)
        self.stand(points, sampler, Silences(points, network.meters, sampler.last_ms, started_ms, self._presence.gone))
        self._composites = Composites(self.points)
        self._inhibition = Inhibition(self.points, lambda asset: name_of(network, asset))
        self._order = {key: n for n, key in enumerate(self.points)}
        self._forecasts = [point for point in self.points.values() if isinstance(point.rule, ForecastRule)]
        self._turned: list[Key] = []

    def use(self, rules: Iterable[Rule], now_ms: int) -> Outcome:
        """Judge by other rules from now on. Points that stay go on; what is gone is over; a risen priority asks again.

        Raises:
            RuleMismatchError: a rule names what the network does not have; nothing has changed then.

        """
        points, outcome = build_points(self._network, rules), Outcome()
        before, states, sampler, silences, inhibition = dict(self.points), self._states, self.sampler, self._silences, self._inhibition
        same = {key for key in points.keys() & before.keys() if points[key].rule == before[key].rule}
        self._build(points, silences.started_ms)
        self.sampler.follow(sampler, same)
        self._silences.follow(silences)
        self._inhibition.plan(inhibition.outages)
        for key, state in states.items():
            if key in same:
                self._set(key, state)
            elif key in points:
                self._judge_otherwise(key, state, now_ms, outcome)
            else:
                self._switch_off(state.record, now_ms, outcome)
        self._composites.begin((key, s.record.since_ms) for key, s in self._states.items() if held_active(s.record))
        for key in self.points:
            self._inhibit(key, now_ms, outcome)
        return outcome

    def _switch_off(self, record: AlarmRecord, now_ms: int, outcome: Outcome) -> None:
        step = switch_off(record, Event(now_ms, now_ms, SWITCHED_OFF))
        if step.record != record:
            outcome.records[Key(record.rule, record.asset)] = step.record
            outcome.transitions += step.transitions

    def _judge_otherwise(self, key: Key, state: PointState, now_ms: int, outcome: Outcome) -> None:
        """Go on with a point whose rule has changed."""
        self._set(key, stored_state(self.points[key], with_window(state.record, state.window)))
        priority = self.points[key].rule.priority
        if state.record.priority != priority:
            self._take(key, prioritise(self._states[key].record, priority, Event(now_ms, now_ms, RAISED)), outcome)

    def restore(
        self, records: Iterable[AlarmRecord], now_ms: int, outages: Iterable[PlannedOutage] = (), off: Collection[str] = ()
    ) -> Outcome:
        """Take up stored records; a risen priority asks again.

        Alarms of rules that are off are over; those of other rules or assets that are gone are left alone.
        """
        outcome = Outcome()
        planned = self._inhibition.plan(outages)
        for record in records:
            point = self.points.get(Key(record.rule, record.asset))
            if point is None:
                if record.rule in off:
                    self._switch_off(record, now_ms, outcome)
                continue
            self._set(point.key, stored_state(point, record))
            self.sampler.restore(point.key, record.data)
            if record.priority != point.rule.priority:
                self._take(point.key, prioritise(record, point.rule.priority, Event(now_ms, now_ms, RAISED)), outcome)
        self._composites.begin((key, s.record.since_ms) for key, s in self._states.items() if held_active(s.record))
        for key, state in self._states.items():
            if key in planned or Suppression.BY_DESIGN in state.record.suppressions:
                self._inhibit(key, now_ms, outcome)  # a notice may have begun, or the parent's rule be gone
        return outcome

    def mirror(self, records: Iterable[AlarmRecord]) -> list[Key]:
        """Take up records as they are, to show what another engine judged; gives the alarms that are not as they were."""
        changed = []
        for record in records:
            point = self.points.get(Key(record.rule, record.asset))
            if point is not None and record != self._states[point.key].record:
                newest = self._states[point.key].window.head
                self._states[point.key] = stored_state(point, record)
                self._show(point.key, Sample(newest.at_ms, newest.value))
                changed.append(point.key)
        return changed

    def note(self, readings: Iterable[Reading], as_of_ms: int) -> None:
        """Show the newest values without judging them: another engine does."""
        for key, samples in self.sampler.take(readings, as_of_ms).items():
            if samples:
                self._show(key, max(samples, key=lambda sample: sample.at_ms))

    def observe(self, readings: Sequence[Reading], now_ms: int, as_of_ms: int | None = None) -> Outcome:
        """Judge committed readings.

        Args:
            readings: in any order; those of unknown meters are left out.
            now_ms: when they became known.
            as_of_ms: instant whose picture they give, for catching up from the store; now where None.

        """
        if as_of_ms is None:
            self._silences.heard(readings, now_ms)
        return self._judge(self.sampler.take(readings, now_ms if as_of_ms is None else as_of_ms), now_ms)

    def note_last(self, readings: Iterable[Reading]) -> None:
        """Take up each series' newest reading, without judging it: what was heard before the start."""
        for reading in readings:
            if reading.meter in self._network.meters:
                self.sampler.heard(reading.meter, reading.time_ms)

    def enter(self, entered: Entered) -> set[str]:
        """Take the factors that people entered; meters whose readings are to be judged again."""
        return self.sampler.enter(entered)

    def plan(self, outages: Iterable[PlannedOutage], now_ms: int) -> Outcome:
        """Take the notices of planned outages that are known now in place of those before."""
        outcome = Outcome()
        for key in sorted(self._inhibition.plan(outages), key=self._order.__getitem__):
            self._inhibit(key, now_ms, outcome)
        return outcome

    def tick(self, now_ms: int) -> Outcome:
        """Judge what time alone changes: silence, expiries, reminders, sources that have gone stale, planned outages."""
        unknown, samples = self.sampler.stale(now_ms)
        outcome = self._judge(samples, now_ms)
        for key in unknown:
            self._put(key, become_unknown(self._states[key].record), outcome)
        turns: dict[Key, tuple[Turn, ...]] = {}
        for point in self._silences.due(now_ms, self._is_active):
            record = self._states[point.key].record
            heard = self._silences.last_heard(point, record, now_ms)
            tell = partial(describe, gone=self._silences.is_gone(point))
            evaluated = evaluate_silence(point, record, heard, now_ms, tell, self._presence.gone)
            self._settle(point.key, evaluated, now_ms, outcome)
            turns[point.key] = evaluated.turns
        self._add_up(turns, now_ms, outcome)
        self._settle_delays(now_ms, outcome)
        self._release(now_ms, outcome)
        for key in sorted(self._timed, key=self._order.__getitem__):
            self._expire(key, now_ms, outcome)
        for point in self._forecasts:
            prediction = self.prediction(point.key)
            if prediction and prediction.until_ms <= now_ms:
                self._put(point.key, become_unknown(self._states[point.key].record), outcome)
        if now_ms - self._heat_kept_ms >= _HEAT_KEPT_EVERY_MS:
            self._heat_kept_ms = now_ms
            outcome.records |= {key: self._packed(key) for key in self.sampler.heated() if key not in outcome.records}
        return outcome

    def forecast(self, forecast: Forecast, now_ms: int) -> Outcome:
        """Judge a forecast against the capacities of its zone."""
        outcome = Outcome()
        turns: dict[Key, tuple[Turn, ...]] = {}
        self.sampler.forecast(forecast)
        for point in self._forecasts:
            rule = point.rule
            assert isinstance(rule, ForecastRule), "collected as such"
            if (point.asset, DEMAND_QUANTITY[rule.utility]) != (forecast.target, forecast.quantity):
                continue
            prediction = self._predict(point, rule, forecast, now_ms)
            if prediction is not None:
                evaluated = evaluate_forecast(
                    point,
                    self._states[point.key].record,
                    prediction,
                    now_ms,
                    lambda p, active, found: describe_prediction(p, active, found, now_ms),
                )
                self._settle(point.key, evaluated, now_ms, outcome)
                turns[point.key] = evaluated.turns
        self._add_up(turns, now_ms, outcome)
        self._release(now_ms, outcome)
        return outcome

    def forecast_targets(self) -> set[tuple[str, str]]:
        """(zone, quantity) of all forecasts that rules watch."""
        return {(p.asset, DEMAND_QUANTITY[p.utility]) for p in self._forecasts if p.utility is not None} | self.sampler.forecast_targets()

    @property
    def needed(self) -> set[Series]:
        """Series that the rules look at, one of each meter whose silence they judge included."""
        return self.sampler.series | {Series(meter, self._network.meters[meter].quantities[0]) for meter in self.listened_to}

    @property
    def listened_to(self) -> set[str]:
        """Meters whose silence is judged."""
        return {meter.id for point in self.points.values() for meter in point.meters}

    def standing_alone(self) -> dict[Series, Sequence[Point]]:
        """Series whose points depend on nothing else and on which nothing else depends but by their conditions."""
        busy = {series.meter for series in self.needed - self.sampler.direct().keys()} | self.listened_to
        return {
            series: points
            for series, points in self.sampler.direct().items()
            if series.meter not in busy and self.sampler.picture.factors.are_plain(series.meter) and all(map(self._is_free, points))
        }

    def leave_alone(self, series: Iterable[Series]) -> None:
        """Judge some series by what comes of them alone, however far apart: whoever feeds them has left readings out, and knows."""
        alone = set(series)
        self.sampler.leave_alone({one.meter for one in alone})
        for key, point in self.points.items():
            if point.series in alone and point.criterion is not None:
                self.points[key] = replace(point, criterion=point.criterion._replace(quiet_ms=0))

    def _is_free(self, point: Point) -> bool:
        return not self._inhibition.parents(point.key) and not self._composites.has(point.key)

    def act(self, key: Key, action: Callable[[AlarmRecord], Step]) -> Outcome:
        """Work out what a person's action does; nothing is kept until `keep`, so that it can be stored first.

        Raises:
            UnknownAlarmError: there is no such point.
            ActionError: the action cannot be done.

        """
        step = action(self.record(key))
        told = [explained(t, self.sentence(key, t.known_ms)) if t.announced else t for t in step.transitions]
        return Outcome({key: self._packed(key, step.record)}, told)

    def keep(self, outcome: Outcome) -> None:
        """Keep what `act` gave."""
        for key, record in outcome.records.items():
            self._set(key, replace(self._states[key], record=record))
            self._turned.append(key)  # out of service or back: what it takes along changes

    def related(self, key: Key) -> list[Key]:
        """Points that take this one along or are taken along by it, and members of a composite; none where the rule is gone."""
        members = self.points[key].members if key in self.points else ()
        return [*self._inhibition.parents(key), *self._inhibition.children(key), *members]

    def is_above(self, key: Key, other: Key) -> bool:
        """Whether the first point takes the second along."""
        return key in self._inhibition.parents(other)

    def _is_active(self, key: Key) -> bool:
        return held_active(self._states[key].record)

    def _predict(self, point: Point, rule: ForecastRule, forecast: Forecast, now_ms: int) -> Prediction | None:
        at = partial(capacities, self._network, point.asset, rule.utility)
        return predict(rule, forecast, at, self._network.planning_power_factor, now_ms)

    def _judge(self, samples: Samples, now_ms: int) -> Outcome:
        """Judge samples: composites first by what their members are about to do, so that these are taken along before they are told."""
        outcome = Outcome()
        self._begin_and_end_outages(now_ms, outcome)
        ordered = sorted(samples, key=self._order.__getitem__)
        self._add_up(
            {key: self._evaluated(key, samples[key], now_ms).turns for key in ordered if self._composites.has(key)}, now_ms, outcome
        )
        for key in ordered:
            self._settle(key, self._evaluated(key, samples[key], now_ms), now_ms, outcome)
        self._release(now_ms, outcome)
        return outcome

    def _evaluated(self, key: Key, samples: Iterable[Sample], now_ms: int) -> Evaluated:
        return evaluate_samples(self.points[key], self._states[key], samples, now_ms, self._settings, describe)

    def _add_up(self, turns: Mapping[Key, Sequence[Turn]], now_ms: int, outcome: Outcome) -> None:
        """Judge the composites whose members turned."""
        for key, samples in self._composites.turned(turns).items():
            self._settle(key, self._evaluated(key, samples, now_ms), now_ms, outcome)

    def _settle_delays(self, now_ms: int, outcome: Outcome) -> None:
        """Let composites' delays end by the clock: their members send no samples that could end them."""
        for point in self._composites.points():
            window, criterion = self._states[point.key].window, point.criterion
            assert criterion is not None, "composites are sampled"
            if window.head.pending_ms is None:
                continue
            ends_ms = window.head.pending_ms + (criterion.off_delay_ms if window.head.active else criterion.on_delay_ms)
            if ends_ms <= now_ms:
                sample = Sample(ends_ms, self._composites.count(point.key, ends_ms))
                self._settle(point.key, self._evaluated(point.key, [sample], now_ms), now_ms, outcome)

    def _settle(self, key: Key, evaluated: Evaluated, now_ms: int, outcome: Outcome) -> None:
        """Keep an evaluation and, where it concerns others, take them along."""
        before = self._states[key].record
        window = evaluated.state.window if self.points[key].criterion else self._states[key].window
        self._states[key] = replace(self._states[key], window=window)
        self._put(key, evaluated.state.record, outcome)
        outcome.transitions += evaluated.transitions
        active = held_active(evaluated.state.record)
        if active and not held_active(before):
            for child in self._inhibition.children(key):
                self._inhibit(child, now_ms, outcome)
        elif held_active(before) and not active:
            self._turned.append(key)

    def _release(self, now_ms: int, outcome: Outcome) -> None:
        """Let go of what hangs below cleared parents, once it has been judged by the same readings itself."""
        turned, self._turned = self._turned, []
        for child in (child for key in turned for child in self._inhibition.children(key)):
            self._inhibit(child, now_ms, outcome)

    def _inhibit(self, key: Key, now_ms: int, outcome: Outcome, at_ms: int | None = None) -> None:
        """Suppress a point or lift that, as its parents stand now and notices at the instant of the event."""
        at_ms = now_ms if at_ms is None else at_ms
        record = self._states[key].record
        cause = self._inhibition.cause_of(key, at_ms, self._takes_along)
        held = record.suppressions.get(Suppression.BY_DESIGN)
        if cause is None:
            if held is not None:
                event = Event(at_ms, now_ms, RELEASED, value=self.value(key))
                self._take(key, lift(record, Suppression.BY_DESIGN, event), outcome)
        elif held is None or held["reason"] != cause.reason:
            event = Event(at_ms, now_ms, BY_DESIGN, comment=cause.reason, person=cause.person)
            self._take(key, suppress(record, Suppression.BY_DESIGN, event, cause.detail()), outcome)

    def _begin_and_end_outages(self, now_ms: int, outcome: Outcome) -> None:
        """Before anything is judged: what an outage explains is not announced first."""
        for at_ms, key in self._inhibition.passed(self._planned_until_ms, now_ms):
            self._inhibit(key, now_ms, outcome, at_ms)
        self._planned_until_ms = max(self._planned_until_ms, now_ms)

    def _takes_along(self, parent: Key) -> bool:
        """Whether a parent suppresses what hangs below: not one that is out of service, whose condition nobody vouches for."""
        record = self._states[parent].record
        return held_active(record) and Suppression.OUT_OF_SERVICE not in record.suppressions

    def _expire(self, key: Key, now_ms: int, outcome: Outcome) -> None:
        """Take off the shelf what was put there until now, and ask again for what was acknowledged long ago."""
        record = self._states[key].record
        shelf = record.suppressions.get(Suppression.SHELVED)
        if shelf is not None and shelf["until_ms"] <= now_ms:
            event = Event(shelf["until_ms"], now_ms, EXPIRED, value=self.value(key))
            self._take(key, lift(record, Suppression.SHELVED, event), outcome)
        realarm_min = self.points[key].rule.realarm_min
        if realarm_min and now_ms - record.data.get("acknowledged_ms", now_ms) >= realarm_min * MINUTE_MS:
            event = Event(now_ms, now_ms, REALARM, value=self.value(key))
            self._take(key, realarm(self._states[key].record, event), outcome)
