"""Settings of the HTTP interface."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


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
