"""Settings of the HTTP interface."""

from ipaddress import ip_address
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.access.settings import AccessSettings


class ApiSettings(BaseModel):
    """Where the API listens and what it serves besides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Address to listen on; anything but loopback opens it to the network."""
    port: int = Field(8080, ge=0, le=65_535)
    """0 lets the system choose a free one."""
    static: Path = Path(__file__).parent / "static"
    """Folder of the console's built pages."""
    runbooks: Path = Path(__file__).parents[1] / "docs" / "runbooks"
    """Folder of the runbooks that alarms point to."""
    stream_interval_s: float = Field(1.0, gt=0, le=60)
    """How often live values are sent to the console."""
    max_points: int = Field(20_000, gt=0)
    """Most points one answer may hold."""
    share_s: float = Field(1.0, ge=0, le=60)
    """How long the overview, a zone's page, headroom and lists of alarms, assets and meters are given to all who ask; a change ends it."""
    max_body_bytes: int = Field(1_000_000, gt=0)
    """Largest body of a request."""
    certificate: Path | None = None
    """Certificate (chain) to serve TLS with; needs `key`."""
    key: Path | None = None
    """Its private key."""
    proxies: tuple[str, ...] = ()
    """Addresses of proxies in front that end TLS: what they say of the caller's address and protocol is believed."""
    access: AccessSettings = AccessSettings()

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine can reach the API."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together: set both, or neither")
        if self.access.open_reading and not self.loopback:
            raise ValueError(
                f"access.open_reading would show everything to whoever reaches {self.host}: listen on 127.0.0.1, or leave it false"
            )
        return self
