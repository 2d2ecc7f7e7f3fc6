"""All settings: each package's own, nested; from a YAML file, overridden by the environment.

`MAINSIGHT__API__PORT=9000` sets `api.port`. Whatever is wrong stops the start, with file (or variable), line, key and mend.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from api.settings import ApiSettings
from collector.session.port import SessionSettings, Tls
from collector.settings import CollectSettings, DecodeSettings, SparkplugSettings
from collector.sparkplug_host import hears_nodes
from dashboards.settings import GrafanaSettings
from forecast.settings import ForecastSettings
from mainsight.alarms.settings import AlarmSettings
from mainsight.app.logs import LogSettings
from mainsight.metering.settings import MeteringSettings
from mainsight.registry.positions import Located, load_yaml, parse_yaml
from mainsight.registry.problems import Problem, ProblemsError
from mainsight.registry.validation import located_errors
from mainsight.store.settings import StoreSettings

PREFIX = "MAINSIGHT__"
PROJECT = Path(__file__).parents[2]


class BrokerSettings(BaseModel):
    """The MQTT broker and how the collector asks for messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Address of the broker."""
    port: int = Field(1883, gt=0, le=65_535)
    """Its port."""
    username: str | None = None
    """User to connect as."""
    password: SecretStr | None = None
    """Password of that user; better given by the environment."""
    ca: Path | None = None
    """Certificate of the authority that signed the broker's; with it (or `certificate`) the connection uses TLS."""
    certificate: Path | None = None
    """Our own certificate, where the broker asks for one."""
    key: Path | None = None
    """Key of our own certificate."""
    session: Literal["codec", "aiomqtt"] = "codec"
    """codec speaks MQTT 5; aiomqtt is for brokers that know 3.1.1 only."""
    client_id: str = Field("mainsight-collector", min_length=1, max_length=64)
    """Keep it: under this name the broker keeps what arrives while we are away."""
    filters: tuple[str, ...] = ("#",)
    """Topics to ask for; `$share/<group>/...` shares the load between collectors."""

    def to_session(self, **changes: Any) -> SessionSettings:
        """As a session takes it; `changes` for one that is not the collector's."""
        secured = self.ca is not None or self.certificate is not None
        own = SessionSettings(
            host=self.host,
            port=self.port,
            client_id=self.client_id,
            filters=self.filters,
            username=self.username,
            password=None if self.password is None else self.password.get_secret_value(),
            tls=Tls(self.ca, self.certificate, self.key) if secured else None,
        )
        return replace(own, **changes)


class Settings(BaseModel):
    """Everything that can be set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    registry: Path = PROJECT / "registry"
    """Folder of the network's files, rules, routes and mappings."""
    reports_s: int | None = Field(None, gt=0)
    """How often every meter is heard from, seconds, where all are alike (a demonstration); otherwise the registry says it of each."""
    broker: BrokerSettings = BrokerSettings()
    collect: CollectSettings = CollectSettings()
    decode: DecodeSettings = DecodeSettings()
    sparkplug: SparkplugSettings = SparkplugSettings()
    store: StoreSettings = StoreSettings()
    metering: MeteringSettings = MeteringSettings()
    forecast: ForecastSettings = ForecastSettings()
    alarms: AlarmSettings = AlarmSettings()
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    grafana: GrafanaSettings = GrafanaSettings()

    @field_validator("sparkplug")
    @classmethod
    def _hears_nodes(cls, sparkplug: SparkplugSettings, info: ValidationInfo) -> SparkplugSettings:
        broker = info.data.get("broker")
        if sparkplug.host_id is not None and broker is not None and not hears_nodes(broker.filters):
            raise ValueError(
                "a Sparkplug host must hear all that its nodes say, which broker.filters does not ask for; "
                'add "spBv1.0/#" there, and let $share cover other topics only (one collector is the host)'
            )
        return sparkplug


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read a settings file (none: the defaults) and the environment's overrides.

    Raises:
        ProblemsError: with every problem found.

    """
    located = parse_yaml(b"{}", Path("settings")) if path is None else load_yaml(path)
    overrides = {tuple(name[len(PREFIX) :].lower().split("__")): name for name in sorted(environ) if name.startswith(PREFIX)}
    data = dict(located.data) if isinstance(located.data, dict) else located.data
    for keys, name in overrides.items():
        data = _set(data, keys, _value(environ[name], name))
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise ProblemsError(_problems(error, located, data, overrides)) from error


def load_settings_or_exit(path: Path | None) -> Settings:
    """Read settings for a command; what is wrong goes to standard error and ends it with exit code 2."""
    try:
        return load_settings(path, os.environ)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error


def _value(text: str, name: str) -> Any:
    """Lists and mappings are written as JSON or YAML; all else is taken as it is and converted by the setting's type."""
    return parse_yaml(text.encode(), Path(name)).data if text.startswith(("[", "{")) else text


def _set(data: Any, keys: tuple[str, ...], value: Any) -> Any:
    """A copy of nested data with one value set."""
    if not keys:
        return value
    inside = data if isinstance(data, dict) else {}
    return {**inside, keys[0]: _set(inside.get(keys[0]), keys[1:], value)}


def _problems(error: ValidationError, located: Located, data: Any, overrides: Mapping[tuple[str, ...], str]) -> list[Problem]:
    """Tell each finding where it comes from: a variable of the environment, or a line of the file."""
    variables = {".".join(keys): name for keys, name in overrides.items()}
    found = located_errors(error, replace(located, data=data), Settings)
    return [
        Problem("environment", 0, name, problem.what, problem.mend)
        if (name := next((v for key, v in variables.items() if problem.key == key or key.startswith(f"{problem.key}.")), None))
        else problem
        for problem in found
    ]
