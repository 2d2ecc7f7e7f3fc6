"""Settings of sign-in and rights."""

from pydantic import BaseModel, ConfigDict, Field


class AccessSettings(BaseModel):
    """Who gets in, for how long, how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    open_reading: bool = False
    """Let everybody who reaches the API read without signing in; refused unless it listens on loopback."""
    session_hours: float = Field(12, gt=0, le=24 * 31)
    """After this long one signs in again."""
    idle_minutes: float = Field(120, gt=0)
    """A session that asked for nothing this long has ended; an open live stream counts as asking."""
    requests_per_minute: int = Field(1200, ge=0)
    """Most requests of one key, user or address a minute; 0 is no limit."""
    sign_ins_per_minute: int = Field(20, ge=0)
    """Most tries to sign in from one address a minute; 0 is no limit."""
