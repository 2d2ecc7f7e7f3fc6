"""What may keep a command from running or make it end, told as sentences rather than traces."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from collector.session.port import SessionError
from mainsight.app.broker import BrokerError
from mainsight.app.influxd import InfluxdError
from mainsight.app.simulation import ChildEndedError
from mainsight.app.web import PortInUseError
from mainsight.registry.problems import ProblemsError
from mainsight.store.port import StoreError

_EXPECTED = (BrokerError, ChildEndedError, InfluxdError, OSError, PortInUseError, ProblemsError, SessionError, StoreError)


@contextmanager
def told() -> Iterator[None]:
    """Print expected failures on standard error and end with exit code 1; anything else is a bug and keeps its trace."""
    try:
        yield
    except* _EXPECTED as group:
        for error in _leaves(group):
            print(f"mainsight: {_sentence(error)}", file=sys.stderr)
        raise SystemExit(1) from group


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)
