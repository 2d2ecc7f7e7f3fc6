"""Settings of the collector."""

from pydantic import BaseModel, ConfigDict, Field, field_validator


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
        recent_messages: how many of the last messages are kept in memory, for trying rules on.
        recent_bytes: how much their topics and payloads may take in all.
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
    recent_messages: int = Field(default=10_000, ge=0)
    recent_bytes: int = Field(default=8_388_608, ge=0)
    drift_messages: int = Field(default=16, gt=0)


class CollectSettings(BaseModel):
    """How the collector gathers messages.

    Attributes:
        linger_ms: how long a message may wait for others to be stored with it; a store that is asked less often has less to do.
            Brokers that hold messages back until others are acknowledged are not kept waiting. 0 stores at once.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    linger_ms: int = Field(default=50, ge=0, le=1_000)


class SparkplugSettings(BaseModel):
    """The collector as a Sparkplug host application.

    Attributes:
        host_id: under this name it says on `spBv1.0/STATE/<host_id>` that it is there, and asks edge nodes to be born again
            when it knows no birth of them or missed a message; without it it publishes nothing to nodes.
        state_2_2: say it on `STATE/<host_id>` too, in the form of Sparkplug 2.2 and earlier, by a second connection.
        reorder_s: how long messages that are missing in a node's sequence may still turn up, seconds.
        rebirth_every_s: least time between two requests to one node, seconds.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host_id: str | None = Field(default=None, min_length=1, max_length=128)
    state_2_2: bool = False
    reorder_s: float = Field(default=2.0, ge=0, le=300)
    rebirth_every_s: float = Field(default=60.0, ge=1, le=3_600)

    @field_validator("host_id")
    @classmethod
    def _one_level(cls, host_id: str | None) -> str | None:
        if host_id is not None and not set(host_id).isdisjoint("/+#\0"):
            raise ValueError(f"{host_id!r} cannot be a level of a topic; leave out /, + and #")
        return host_id
