"""Who gets what: deliveries of announcements and of steps of escalation, by rota, level, priority and quiet hours."""

from collections.abc import Iterable, Sequence

from mainsight.alarms.duty import due_ms, recipients
from mainsight.alarms.rules import Priority
from mainsight.alarms.settings import AlarmSettings, TargetSettings
from mainsight.store.alarm_port import Delivery, Transition
from mainsight.store.duty_port import DutyOverride


class Recipients:
    """Turns transitions into deliveries."""

    def __init__(self, settings: AlarmSettings) -> None:
        """Begin without anybody standing in."""
        self.overrides: Sequence[DutyOverride] = ()
        """Who stands in; whoever reads the state keeps it fresh."""
        self._duty = settings.duty
        self._targets = {target.name: target for target in settings.targets}

    def announced(self, transitions: Iterable[Transition]) -> list[Delivery]:
        """Deliveries that announced transitions ask for: to the first level, due at once or when quiet hours end."""
        return [delivery for transition in transitions if transition.announced for delivery in self.of_level(transition, 0)]

    def of_level(self, transition: Transition, level: int) -> list[Delivery]:
        """Deliveries of a transition to a level (0 is the first)."""
        names = recipients(self._duty, list(self._targets), level, transition.known_ms, self.overrides)
        return self.to(transition, names)

    def to(self, transition: Transition, names: Iterable[str]) -> list[Delivery]:
        """Deliveries of a transition to those of some targets that want its priority."""
        priority = Priority(transition.priority)
        due = due_ms(self._duty, priority, transition.known_ms)
        wanted = (self._targets[name] for name in names)
        return [Delivery(transition.id, target.name, due_ms=due) for target in wanted if _wants(target, priority)]


def _wants(target: TargetSettings, priority: Priority) -> bool:
    return priority.rank >= target.min_priority.rank
