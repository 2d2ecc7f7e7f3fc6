"""What is logged, and how: as text or as JSON, one object a line, never with a secret in it."""

import json
import logging
import re
import sys
from typing import Literal

from pydantic import BaseModel, ConfigDict

from mainsight.core.zonetime import rfc3339

_SECRETS = (
    (re.compile(r"\bms_([0-9a-f]{8})_[\w-]+"), r"ms_\1_***"),  # our own keys: the id says which
    (re.compile(r"(\w+://[^\s/:@]*):[^\s/@]+@"), r"\1:***@"),  # user:password in an address
    (
        re.compile(
            r"(?i)\b(password|passwd|secret|token|authorization|x-api-key)(['\"]?\s*[=:]\s*['\"]?)(?:(?:bearer|basic|token) )?[^\s'\",&]+"
        ),
        r"\1\2***",
    ),
)


class LogSettings(BaseModel):
    """What is logged, on standard error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["text", "json"] = "text"
    """json gives one object a line: time, level, logger, message, and error where there is one."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged; the demo logs warnings and worse."""


def without_secrets(text: str) -> str:
    """Blot out keys, passwords and tokens, whoever put them into a message."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": rfc3339(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            fields["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def log_by(settings: LogSettings) -> None:
    """Log by settings from here on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.format == "json" else _Text("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.level.upper(), handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
