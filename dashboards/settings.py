"""Settings of Grafana: where it is, how we come in, and how it reaches what it shows."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class GrafanaSettings(BaseModel):
    """Where dashboards and annotations are pushed to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = Field(None, pattern=r"^https?://[^@?#]+$")
    """Address of Grafana; none: nothing is pushed."""
    token: SecretStr | None = None
    """Token of a service account; Editor for annotations, Admin for `mainsight dashboards push`."""
    user: str | None = None
    """User, where there is no token."""
    password: SecretStr | None = None
    """Password of that user; better given by the environment."""
    timeout_s: float = Field(10.0, gt=0, le=120)
    """How long one request may take."""
    console: str = Field("http://127.0.0.1:8080", pattern=r"^https?://")
    """Address at which people reach the console: links of the dashboards lead there."""
    api: str = Field("http://127.0.0.1:8080/api/v1", pattern=r"^https?://")
    """Address at which Grafana reaches our API."""
    api_key: SecretStr | None = None
    """A viewer's key for it, made by `mainsight key make grafana --role viewer`."""
    influx: str | None = Field(None, pattern=r"^https?://")
    """Address at which Grafana reaches InfluxDB; none: the store's own."""
    influx_token: SecretStr | None = None
    """Grafana's own token on InfluxDB 2.x or 3, made by `mainsight influx init`."""
    influx_user: str | None = None
    """Grafana's own user on InfluxDB 1.x, made by `mainsight influx init`."""
    influx_password: SecretStr | None = None
    """Password of that user."""

    @model_validator(mode="after")
    def _credential(self) -> Self:
        if self.url is not None and self.token is None and (self.user is None or self.password is None):
            raise ValueError("grafana.url is set: give grafana.token, or grafana.user and grafana.password")
        return self

    def credential(self) -> str | tuple[str, str]:
        """What grafana-client logs in with."""
        if self.token is not None:
            return self.token.get_secret_value()
        assert self.user is not None
        assert self.password is not None
        return self.user, self.password.get_secret_value()
