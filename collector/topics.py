"""Topic filters: `+` for one level, `#` for the rest, `{name}` for one level to be kept."""

import re
from typing import Final

_CAPTURE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class TopicFilterError(ValueError):
    """A filter that MQTT or we do not allow; the message says why."""


class TopicFilter:
    """A compiled filter.

    Raises:
        TopicFilterError: empty, `#` before the end, a wildcard inside a level, or a name used twice.

    """

    def __init__(self, text: str) -> None:
        levels = text.split("/")
        names: list[str] = []
        for position, level in enumerate(levels):
            capture = _CAPTURE.fullmatch(level)
            if capture:
                names.append(capture[1])
            elif level == "#" and position != len(levels) - 1:
                raise TopicFilterError(f"topic {text!r}: # must be the last level")
            elif level not in {"+", "#"} and set(level) & set("+#{}"):
                raise TopicFilterError(
                    f"topic {text!r}: level {level!r} mixes a wildcard with text; use +, # or {{name}} for a whole level"
                )
        if not text:
            raise TopicFilterError("an empty topic matches nothing; # matches all")
        if len(names) != len(set(names)):
            raise TopicFilterError(f"topic {text!r} uses a name twice")
        self.text = text
        self.names = tuple(names)
        self._levels = levels

    def match(self, topic: str) -> dict[str, str] | None:
        """Levels kept by name when the filter matches, else None. As in MQTT, a leading wildcard leaves `$SYS` out."""
        levels = topic.split("/")
        if topic.startswith("$") and not self._levels[0].startswith("$"):
            return None
        kept: dict[str, str] = {}
        for position, wanted in enumerate(self._levels):
            if wanted == "#":
                return kept
            if position >= len(levels):
                return None
            if wanted[:1] == "{":
                kept[wanted[1:-1]] = levels[position]
            elif wanted not in ("+", levels[position]):
                return None
        return kept if len(levels) == len(self._levels) else None
