"""What can go wrong between us and the server, told apart in one place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from mainsight.store.port import StoreError, StoreUnavailableError

_LONGEST_PAUSE_S = 600.0
_SPLIT_STATUS = frozenset({400, 413, 422})
_DROPPED = re.compile(r"dropped=(\d+)")


class AccessError(StoreUnavailableError):
    """The server does not let us: wrong credentials, no rights, no database. Waiting helps once somebody mends it."""


class WriteRefusedError(Exception):
    """The server will not take some lines of a body; a partial write may have stored the others.

    Attributes:
        dropped: how many it says it dropped, None where it does not say.
        lines: number of a line in the body, from 1 -> why it was dropped; only InfluxDB 3 names them.

    """

    def __init__(self, reason: str, dropped: int | None, lines: Mapping[int, str]) -> None:
        """See the attributes; `reason` is the server's."""
        super().__init__(reason)
        self.dropped = dropped
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers and body of an answer that is not a success."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def message(self) -> str:
        """What the server says, in words."""
        told = _json(self.body)
        words = told.get("error") or told.get("message") or self.headers.get("X-Influxdb-Error") or self.body[:300].decode(errors="replace")
        return str(words).strip() or f"HTTP status {self.status}"


def pause_s(headers: Mapping[str, str]) -> float:
    """Seconds a server asks us to wait, at most ten minutes; 0 where it asks nothing.

    `Retry-After` is a number of seconds or an instant, which is taken by the server's own clock (its `Date`).
    """
    text = headers.get("Retry-After", "").strip()
    try:
        if text.isdigit():
            seconds = float(text)
        else:
            seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):  # no such header, or no date in it
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_PAUSE_S)


def failure(response: Response, where: str, database: str) -> Exception:
    """The error that an answer stands for."""
    status, message = response.status, response.message()
    if status in {401, 403}:
        return AccessError(f"{where} refuses our credentials ({message}): check store.influx.token, or user and password")
    if status == 404:
        return AccessError(f"{where} has no database {database!r} for us ({message}): run `mainsight influx init`, or check store.influx")
    if status == 429 or status >= 500:
        return StoreUnavailableError(f"{where} is busy or ill: HTTP {status}, {message}")
    return StoreError(f"{where} does not understand us: HTTP {status}, {message}")


def write_failure(response: Response, where: str, database: str) -> Exception:
    """The error that an answer to a write stands for: refusals of lines are told apart from all else."""
    if response.status not in _SPLIT_STATUS:
        return failure(response, where, database)
    message = response.message()
    told = _json(response.body).get("data")
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    lines = {int(row["line_number"]): str(row.get("error_message", message)) for row in rows if "line_number" in row}
    dropped = _DROPPED.search(message)
    return WriteRefusedError(message, int(dropped[1]) if dropped else None, lines)


def statement_failure(message: str, where: str) -> StoreError:
    """The error in one statement's result, which comes with HTTP status 200."""
    if "not authorized" in message or "authorization" in message:
        return AccessError(f"{where} gives us too few rights ({message}): run `mainsight influx init`, or check store.influx")
    if "database not found" in message:
        return AccessError(f"{where}: {message}: run `mainsight influx init`, or check store.influx.database")
    if any(sign in message for sign in ("timeout", "timed out", "killed", "max-", "shard", "engine is closed")):
        return StoreUnavailableError(f"{where} could not answer: {message}")
    return StoreError(f"{where}: {message}")


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
