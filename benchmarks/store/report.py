"""Measures as rows of a table: median, range, CPU."""

import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence


def cpu_s() -> float:
    """CPU seconds of this process so far, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Report:
    """Prints rows of a Markdown table as they are measured."""

    def __init__(self) -> None:
        """Print the head."""
        print("| what | median | range | |\n| --- | --- | --- | --- |", flush=True)

    def fact(self, what: str, value: str) -> None:
        """A figure that is not repeated."""
        print(f"| {what} | {value} | | |", flush=True)

    def spread(self, what: str, walls: Sequence[float], note: str = "") -> None:
        """Median and range of times in seconds."""
        print(
            f"| {what} | {statistics.median(walls) * 1e3:.1f} ms | {min(walls) * 1e3:.1f} to {max(walls) * 1e3:.1f} | {note} |", flush=True
        )

    async def timed(self, what: str, run: Callable[[int], Awaitable[object]], repeats: int, note: str = "", rows: int = 0) -> None:
        """Run something a number of times."""
        walls, cpus = [], []
        for n in range(repeats):
            started, before = time.perf_counter(), cpu_s()
            await run(n)
            walls.append(time.perf_counter() - started)
            cpus.append(cpu_s() - before)
        used = statistics.median(cpus)
        cpu = f"{used / rows * 1e6:.2f} us CPU a row" if rows else f"CPU {used * 1e3:.1f} ms"
        note = f"{cpu}; {note}" if note else cpu
        self.spread(what, walls, note)
