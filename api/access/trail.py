"""What is written down of one changing request: who, what, before, after, from where, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.exceptions import HTTPException

from api.problems import Problem
from mainsight.store.asking import NotAnsweredError

Told = str | Mapping[str, Any]
"""Text, or fields: kept as JSON."""


@dataclass(slots=True)
class Trail:
    """Filled in by the route while it works; kept in any case, also when the route raises or is not answered in time."""

    action: str = ""
    subject: str = ""
    before: str = ""
    after: str = ""

    def tell(self, action: str, subject: str, before: Told = "", after: Told = "") -> None:
        """Say what is being done, before it is done; say it again when more is known."""
        self.action, self.subject = action, subject
        self.before, self.after = _text(before), _text(after)


def _text(told: Told) -> str:
    return told if isinstance(told, str) else orjson.dumps(told, default=str).decode()


def outcome(error: BaseException) -> str:
    """What became of a change that raised."""
    status = error.document.status if isinstance(error, Problem) else error.status_code if isinstance(error, HTTPException) else 500
    if isinstance(error, NotAnsweredError) or status == 504:
        return "unanswered"
    return "refused" if status < 500 else "failed"
