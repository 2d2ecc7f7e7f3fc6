"""Settings of alarms and their delivery."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from mainsight.alarms.duty import DutySettings
from mainsight.alarms.rules import Priority


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetSettings(_Settings):
    """One place that announcements go to."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    url: SecretStr = Field(description="Apprise address, such as mailto://user:password@host or json://host/path; never logged.")
    language: Literal["vi", "en"] = "vi"
    min_priority: Priority = Priority.LOW
    person: str = Field(default="", max_length=100, description="Who reads it; whose name an acknowledgement by link bears.")

    @property
    def signs_as(self) -> str:
        """The name that an acknowledgement by link bears."""
        return self.person or self.name


class RetrySettings(_Settings):
    """How often a delivery is tried."""

    attempts: int = Field(default=8, ge=1, description="Tries before it is given up, visibly.")
    first_delay_s: float = Field(default=5.0, gt=0, description="Before the second try; doubled each time.")
    longest_delay_s: float = Field(default=900.0, gt=0, description="Between two tries, at the most.")
    timeout_s: float = Field(default=20.0, gt=0, description="Of one try.")


class ShelveSettings(_Settings):
    """How long an alarm may be put aside."""

    default_h: float = Field(default=8.0, gt=0, description="Where no time is given, hours.")
    longest_h: float = Field(default=24.0, gt=0, description="At the most, hours.")


class AnnounceSettings(_Settings):
    """Minutes after an event within which it is announced when it becomes known; later it is recorded and put into the digest."""

    low: int = Field(default=15, gt=0, description="For low priority, minutes.")
    medium: int = Field(default=15, gt=0, description="For medium priority, minutes.")
    high: int = Field(default=15, gt=0, description="For high priority, minutes.")
    critical: int = Field(default=15, gt=0, description="For critical priority, minutes.")

    def within_ms(self, priority: Priority) -> int:
        """Limit for a priority, milliseconds."""
        minutes: int = getattr(self, priority.value)
        return minutes * 60_000


class HeartbeatSettings(_Settings):
    """A signal to an outside checker that alarms are judged and delivered."""

    url: SecretStr | None = Field(default=None, description="Address that is fetched (http, https); none: no heartbeat. Never logged.")
    every_s: float = Field(default=60.0, gt=0, description="Between two beats, seconds.")
    timeout_s: float = Field(default=10.0, gt=0, description="Of one beat, seconds.")

    @field_validator("url")
    @classmethod
    def _web(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value


class AlarmSettings(_Settings):
    """All settings of `mainsight.alarms`."""

    targets: tuple[TargetSettings, ...] = Field(
        default=(), description="Where announcements go: items with name, url (Apprise), language (vi, en), min_priority and person."
    )
    console_url: str = Field(default="", description="Address of the console, put before runbook links in messages.")
    link_h: float = Field(default=24.0, gt=0, description="For how long a message's link acknowledges, hours.")
    duty: DutySettings = DutySettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    announce: AnnounceSettings = AnnounceSettings()
    shelve: ShelveSettings = ShelveSettings()
    retry: RetrySettings = RetrySettings()
    comment_from: Priority = Field(default=Priority.HIGH, description="Acknowledging needs a comment from this priority up.")
    together_over: int = Field(
        default=10,
        gt=0,
        description="When more announcements than this wait for one target, those that are not critical go as one message.",
    )
    lateness_s: int = Field(default=120, ge=0, description="Readings that arrive this late, by their own time, still change what is known.")
    second_person_min: int = Field(default=15, gt=0, description="Within which a second person joins in shelving a critical alarm.")
    catch_up_h: int = Field(default=24, ge=0, description="How far back the store is read on start or after a gap.")
    digest_quiet_s: int = Field(default=60, gt=0, description="The catch-up digest waits for this long without further late alarms.")

    @field_validator("targets")
    @classmethod
    def _unique_names(cls, value: tuple[TargetSettings, ...]) -> tuple[TargetSettings, ...]:
        names = [target.name for target in value]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two targets are called {min(twice)}; give each its own name")
        return value

    @model_validator(mode="after")
    def _duty_names(self) -> Self:
        self.duty.check(target.name for target in self.targets)
        return self
