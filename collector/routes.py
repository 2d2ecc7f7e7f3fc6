"""Routes: which decoder reads which topics, and how to take its times. The first that matches wins."""

from functools import cached_property
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from collector.profiles import profile_names
from collector.topics import TopicFilter

_DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; write one like Asia/Ho_Chi_Minh") from error
    return name


def _known_filter(text: str) -> str:
    TopicFilter(text)
    return text


def _known_decoder(name: str) -> str:
    known = ("auto", "ignore", *profile_names())
    if name not in known:
        raise ValueError(f"there is no decoder {name!r}; known are {', '.join(known)}")
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]
FilterText = Annotated[str, AfterValidator(_known_filter)]
DecoderName = Annotated[str, AfterValidator(_known_decoder)]


class Window(BaseModel):
    """How far a device's time may lie from arrival to be believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    past_days: float = Field(default=400, gt=0)
    future_minutes: float = Field(default=10, ge=0)

    def bounds(self, arrival_ms: int) -> tuple[int, int]:
        """Earliest and latest believed time of a message that arrived at an instant, UTC milliseconds."""
        return arrival_ms - self._past_ms, arrival_ms + self._future_ms

    @cached_property
    def _past_ms(self) -> int:
        return int(self.past_days * _DAY_MS)

    @cached_property
    def _future_ms(self) -> int:
        return int(self.future_minutes * _MINUTE_MS)


class Route(BaseModel):
    """One route.

    Attributes:
        topic: filter; `+`, `#` and `{name}` as in mapping rules.
        decoder: name of a profile, `auto` for recognition by topic shape and keys, or `ignore` for what is not a device's.
        zone: zone of times without an offset.
        repeated_hour: which pass of the hour that a change to winter time repeats is meant.
        window: how far a device's time may lie from arrival, or `none` for replays of old series and archives.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: FilterText
    decoder: DecoderName = "auto"
    zone: ZoneName | None = None
    repeated_hour: Literal["first", "second"] = "first"
    window: Window | Literal["none"] = Window()


class Routes(BaseModel):
    """All routes, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    routes: tuple[Route, ...]

    def find(self, topic: str) -> Route | None:
        """First route that matches a topic."""
        return next((route for route in self.routes if TopicFilter(route.topic).match(topic) is not None), None)


EVERYTHING: Final = Routes(routes=(Route(topic="#"),))
"""Recognition for every topic."""
