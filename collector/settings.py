"""Settings of the collector."""

from pydantic import BaseModel, ConfigDict, Field


class DecodeSettings(BaseModel):
    """Caps of decoding.

    Attributes:
        max_payload_bytes: greatest size of a payload.
        max_nesting: greatest depth of brackets in a JSON payload.
        max_level_chars: greatest length of one topic level.
        max_values: most values one message may give.
        max_devices: most devices one message may speak for.
        new_devices_per_minute: unregistered devices listed in a minute; the messages of further ones are kept all the same.
        quarantine_copies_bytes: how much one message may take in quarantine when several of its devices are not registered.
        quarantine_minutes: how long after a message is kept in quarantine no other is for the same topic or device, reason and
            fields; 0 keeps all. Messages of unknown devices are kept all the same: they are replayed on adoption.
        drift_messages: messages over which the least arrival lag of a device is taken.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_payload_bytes: int = Field(default=262_144, gt=0)
    max_nesting: int = Field(default=32, gt=0)
    max_level_chars: int = Field(default=256, gt=0)
    max_values: int = Field(default=20_000, gt=0)
    max_devices: int = Field(default=1_000, gt=0)
    new_devices_per_minute: int = Field(default=100, ge=0)
    quarantine_copies_bytes: int = Field(default=1_048_576, gt=0)
    quarantine_minutes: float = Field(default=10, ge=0, le=1_440)
    drift_messages: int = Field(default=16, gt=0)
