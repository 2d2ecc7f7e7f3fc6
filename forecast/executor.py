"""Where fits are computed: a port, so that a cluster's executor can take the place of this machine's processes.

`forecast.pool.process_pool` is the adapter in use, `OneProcess` the one without processes. An executor of
`concurrent.futures` fits as it is, and so does what cluster libraries hand out in its place. Work is handed over as a
function of this package with arrays and plain values, and answers come back the same way, so both can travel.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Workers(Protocol):
    """What fleets, the service and backtests need of an executor.

    Answers are the same bytes whatever computes them; work may be done in any order. After an error of the executor's own
    (`concurrent.futures.BrokenExecutor`) a new one has to be started.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function computed; its error, too, comes with the future."""
        ...

    def shutdown(self, *, cancel_futures: bool = False) -> None:
        """Let the workers go, and wait for what they are at; with `cancel_futures` what has not begun is dropped."""
        del cancel_futures


class OneProcess:
    """Computes in this process, at once, on the caller's thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See `Workers.submit`; the future is done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            future.set_exception(error)
        return future

    def shutdown(self, *, cancel_futures: bool = False) -> None:
        """Nothing to let go."""
        del cancel_futures
