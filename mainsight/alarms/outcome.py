"""What moving the alarms on gave, and the words for what the system does by itself."""

from dataclasses import dataclass, field, replace

from mainsight.alarms.points import Key
from mainsight.core.network import Text
from mainsight.store.alarm_port import AlarmRecord, Transition

BY_DESIGN = Text("Tạm ẩn vì đã biết nguyên nhân", "Suppressed: the cause is known")
RELEASED = Text("Nguyên nhân đã hết", "The cause has cleared")
EXPIRED = Text("Hết hạn tạm gác", "Shelving has expired")
REALARM = Text("Vẫn còn hiệu lực sau khi xác nhận", "Still active after the acknowledgement")
SWITCHED_OFF = Text("Quy tắc không còn áp dụng", "The rule is no longer in force")
RAISED = Text("Mức ưu tiên tăng", "The priority has risen")


@dataclass(slots=True)
class Outcome:
    """What changed: records to be stored and transitions, in order."""

    records: dict[Key, AlarmRecord] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything is to be stored."""
        return bool(self.records)


def explained(transition: Transition, sentence: Text) -> Transition:
    """Say what stands before why it is announced now: whoever is paged needs both."""
    return replace(transition, text_vi=f"{sentence.vi} · {transition.text_vi}", text_en=f"{sentence.en} · {transition.text_en}")
