"""From topic and bytes to readings under the device's own name: gate, route, rules, profile, caps."""

import copy
import importlib
from dataclasses import dataclass, field
from typing import Final, cast
from zoneinfo import ZoneInfo

from collector.envelope import NO_NAMES, Decoded, Envelope, FieldNames, Profile
from collector.gate import Gate, stripped
from collector.mapping import Mappings, PathReader
from collector.numbers import Reason
from collector.profiles import homeassistant, profile_names, sparkplug_b
from collector.routes import EVERYTHING, Route, Routes
from collector.settings import DecodeSettings
from collector.sparkplug_nodes import Nodes

_WAITING: Final[tuple[Reason, ...]] = ("needs_mapping", "no_unit", "needs_birth")
"""Reasons that a rule or a later message may mend."""
_OF_BYTES: Final = frozenset({"sparkplug_b", "senml", "sml", "dlms_hdlc"})
"""Formats whose payloads need not be text."""
_WITHOUT_UNITS: Final = frozenset({"rtlamr", "libmbus2mqtt", "sma_em", "otgw", "emon", "vzlogger"})
"""Formats that never tell units, but whose programs may announce them to Home Assistant."""
_MAX_TOPICS: Final = 50_000
"""Topics remembered; past that the memory starts anew."""
_LONGEST_TOPIC: Final = 512


def load_profiles() -> dict[str, Profile]:
    """Fresh instances of all profiles by name, their state empty."""
    return {name: cast("Profile", importlib.import_module(f"collector.profiles.{name}").Profile()) for name in profile_names()}


@dataclass(slots=True)
class _Topic:
    """What is remembered of a topic."""

    refused: Reason | None
    route: Route | None = None
    reader: PathReader | None = None
    zone: ZoneInfo | None = None
    fold: int = 0
    ignored: bool = False
    profile: Profile | None = None
    profile_names: FieldNames = NO_NAMES
    names: dict[str, FieldNames] = field(default_factory=dict)


class Decoder:
    """Reads messages by routes, rules and profiles. Give it messages in order: profiles keep state."""

    def __init__(self, settings: DecodeSettings, routes: Routes = EVERYTHING, mappings: Mappings | None = None) -> None:
        self._settings = settings
        self._routes = routes
        self._mappings = mappings or Mappings()
        self._gate = Gate(settings.max_payload_bytes, settings.max_nesting, settings.max_level_chars)
        self._profiles = load_profiles()
        self._unruled = {name: FieldNames({}) for name in self._profiles}
        self._topics: dict[str, _Topic] = {}

    def use(self, routes: Routes, mappings: Mappings) -> None:
        """Go on with other routes and rules; what profiles have been told stays."""
        self._routes, self._mappings = routes, mappings
        self._topics.clear()

    def copy(self, settings: DecodeSettings, mappings: Mappings) -> "Decoder":
        """Make a decoder with other rules that knows what this one has been told and tells it nothing."""
        other = Decoder(settings, self._routes, mappings)
        other._profiles = copy.deepcopy(self._profiles)
        return other

    @property
    def routes(self) -> Routes:
        """Routes in use."""
        return self._routes

    @property
    def mappings(self) -> Mappings:
        """Rules in use."""
        return self._mappings

    @property
    def sparkplug(self) -> Nodes:
        """What has been heard of Sparkplug edge nodes."""
        return cast("sparkplug_b.Profile", self._profiles[sparkplug_b.Profile.name]).nodes

    def route(self, topic: str) -> Route | None:
        """Route that a topic takes."""
        return (self._topics.get(topic) or self._topic(topic)).route

    def decode(self, topic: str, payload: bytes) -> Decoded:
        """Read one message. It raises nothing, whatever the message holds.

        An empty payload is "no value" and gives nothing. A message without a reading, some field of which waits for a
        rule, is quarantined for that; a message that gave more values or devices than the caps allow gives none.
        """
        known = self._topics.get(topic) or self._topic(topic)
        refused = known.refused or self._gate.payload(payload)
        if refused is not None:
            return Decoded(refused)
        if payload[-1:] == b"\0":
            payload = stripped(payload)
        if not payload or known.ignored:
            return Decoded()
        message = Envelope(topic, payload, zone=known.zone, fold=known.fold)
        decoded = known.reader.decode(message) if known.reader is not None else self._by_profile(known, message)
        for key in message.repeated:
            decoded.reject(key, "not_decodable")
        return self._finish(decoded)

    def _topic(self, topic: str) -> _Topic:
        """Find out what there is to know of a topic, and remember it unless it is refused."""
        refused = self._gate.topic(topic)
        if refused is not None:
            return _Topic(refused)
        route = self._routes.find(topic)
        if route is None:
            known = _Topic("unknown_format")
        else:
            zone = None if route.zone is None else ZoneInfo(route.zone)
            ignored = route.decoder == "ignore"
            known = _Topic(None, route, self._mappings.reader(topic), zone, int(route.repeated_hour == "second"), ignored)
        if len(topic) <= _LONGEST_TOPIC:
            if len(self._topics) >= _MAX_TOPICS:
                self._topics.clear()
            self._topics[topic] = known
        return known

    def _by_profile(self, known: _Topic, message: Envelope) -> Decoded:
        profile = known.profile
        message.names = known.profile_names
        if profile is None or not profile.recognise(message):
            profile = self._recognised(known, message)
        if profile is None:
            return Decoded("not_decodable" if _is_broken_json(message) else "unknown_format")
        decoded = profile.decode(message)
        if profile.name in _WITHOUT_UNITS and decoded.rejected and not decoded.blocks and self._announced.knows(message.topic):
            profile, decoded = self._as_announced(known, message, profile, decoded)
        decoded.profile = profile.name
        if not decoded.blocks and not decoded.rejected and decoded.quarantined is None and _is_broken(message, profile.name):
            decoded.quarantined = "not_decodable"
        return decoded

    def _as_announced(self, known: _Topic, message: Envelope, profile: Profile, decoded: Decoded) -> tuple[Profile, Decoded]:
        """Read what a format does not tell alone as Home Assistant's discovery announced it; as it was where that gives nothing."""
        automatic = known.route is not None and known.route.decoder == "auto"
        if not automatic or not self._fits(self._announced, known, message):
            return profile, decoded
        announced = self._announced.decode(message)
        return (self._announced, announced) if announced.blocks else (profile, decoded)

    @property
    def _announced(self) -> homeassistant.Profile:
        return cast("homeassistant.Profile", self._profiles[homeassistant.Profile.name])

    def _names(self, topic: str, profile: str) -> FieldNames:
        columns, ignored = self._mappings.columns(topic, profile)
        return FieldNames(columns, ignored) if columns or ignored else self._unruled[profile]

    def _recognised(self, known: _Topic, message: Envelope) -> Profile | None:
        decoder = known.route.decoder if known.route is not None else "auto"
        candidates = self._profiles.values() if decoder == "auto" else (self._profiles[decoder],)
        known.profile = next((profile for profile in candidates if self._fits(profile, known, message)), None)
        known.profile_names = message.names
        return known.profile

    def _fits(self, profile: Profile, known: _Topic, message: Envelope) -> bool:
        names = known.names.get(profile.name)
        if names is None:
            names = known.names[profile.name] = self._names(message.topic, profile.name)
        message.names = names
        return profile.recognise(message)

    def _finish(self, decoded: Decoded) -> Decoded:
        for block in decoded.blocks:
            if not block.device.isprintable():
                _refuse_unprintable(decoded)
                break
        if not decoded.blocks:
            if decoded.quarantined is None and decoded.rejected:
                reasons = {rejected.reason for rejected in decoded.rejected}
                decoded.quarantined = next((reason for reason in _WAITING if reason in reasons), None)
        elif len(decoded.blocks) > 1 or len(decoded.blocks[0].times) > 1:
            values = sum(len(block.times) * len(block.quantities) for block in decoded.blocks)
            devices = len({block.device for block in decoded.blocks})
            if values > self._settings.max_values or devices > self._settings.max_devices:
                return Decoded("too_many_fields", decoded.profile)
        return decoded


def _refuse_unprintable(decoded: Decoded) -> None:
    """Leave out devices whose names hold line breaks, direction marks and the like: they go into logs, lists and file names."""
    for block in decoded.blocks:
        if not block.device.isprintable():
            decoded.reject(block.device, "not_decodable")
    decoded.blocks = [block for block in decoded.blocks if block.device.isprintable()]
    if not decoded.blocks and decoded.quarantined is None:
        decoded.quarantined = "not_decodable"


def _is_broken(message: Envelope, profile: str) -> bool:
    """Whether a message that gave nothing is no JSON though it begins so, or no text though its format is one."""
    return _is_broken_json(message) or (profile not in _OF_BYTES and message.text is None)


def _is_broken_json(message: Envelope) -> bool:
    return message.payload[:1] in b"{[" and message.json is None
