"""`mainsight fleet`: forecast every column of CSV files, a thousand of them if need be, and go on where it was ended."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from forecast.errors import CannotForecastError, DataError, ForecastError
from forecast.executor import Workers
from forecast.fleet import fit, in_lanes
from forecast.kept import Folder
from forecast.known import Known
from forecast.models.catalogue import MODELS
from forecast.pool import process_pool
from forecast.schedule import LANES_PER_WORKER
from forecast.series import read_all
from mainsight.app.commands.backtest import add_series_arguments, calendar_of, horizon_steps, tell_notes
from mainsight.core.zonetime import DAY_S, SECOND_MS, grid

_INTERRUPTED = 130
_TOLD = 20
"""Targets without a forecast that are named one by one."""


@dataclass(slots=True)
class _Run:
    """One run over a fleet."""

    workers: Workers
    folder: Folder
    model: str
    horizon_s: int
    progress: Progress
    kept: int = 0
    made: int = 0
    fell_back: int = 0
    cpu_s: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)

    async def over(self, targets: Sequence[tuple[str, Known]], lanes: int) -> None:
        """Forecast all that the folder does not have."""
        task = self.progress.add_task("forecasting", total=len(targets))

        async def work(item: tuple[str, Known]) -> None:
            await self._one(*item)
            self.progress.advance(task)

        await in_lanes(targets, work, lanes)

    async def _one(self, target: str, known: Known) -> None:
        horizon = horizon_steps(self.horizon_s, known.step_s)
        if self.folder.has(target, known, self.model, horizon):
            self.kept += 1
            return
        try:
            outcome = await fit(self.workers, self.model, known, horizon)
        except CannotForecastError as error:
            self.failed[target] = str(error)
            return
        self.folder.keep(target, known, self.model, outcome)
        self.made += 1
        self.fell_back += bool(outcome.fallback)
        self.cpu_s += outcome.cpu_s

    def told(self) -> str:
        """What was done, in a line or a few."""
        parts = [f"{self.made} forecasts made ({self.fell_back} not by the model alone, {self.cpu_s:.1f} s of CPU)"]
        parts += [f"{self.kept} were there"] if self.kept else []
        parts += [f"{len(self.failed)} could not be made"] if self.failed else []
        lines = [f"{', '.join(parts)}: {self.folder.path}"]
        return "\n".join([*lines, *(f"  {target}: {why}" for target, why in list(self.failed.items())[:_TOLD])])


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_series_arguments(parser, "CSV files: a time column, and a column a target")
    parser.add_argument(
        "--targets", type=lambda text: text.split(","), default=[], metavar="A,B", help="columns (default: all but the time)"
    )
    parser.add_argument(
        "--model", choices=list(MODELS), default="ensemble", metavar="M", help="default %(default)s; see docs/reference/backtest.md"
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FOLDER", help="one CSV file a target; what is there already is not made again"
    )


def run(args: argparse.Namespace) -> int:
    """Forecast; 2 when the input cannot be used, 1 when some targets could not be forecast, 130 when it was interrupted."""
    try:
        targets = list(_targets(args))
        for _, known in targets:
            horizon_steps(args.horizon, known.step_s)
        args.out.mkdir(parents=True, exist_ok=True)
    except (ForecastError, OSError) as error:
        print(f"mainsight fleet: {error}", file=sys.stderr)
        return 2
    with _progress() as progress:
        pool = process_pool(args.workers)
        made = _Run(pool, Folder(args.out), args.model, args.horizon, progress)
        try:
            asyncio.run(made.over(targets, LANES_PER_WORKER * args.workers))
        except KeyboardInterrupt:
            print(f"{made.told()}\ninterrupted: the same command goes on from here", file=sys.stderr)
            return _INTERRUPTED
        except OSError as error:
            print(f"mainsight fleet: {error}", file=sys.stderr)
            return 2
        finally:
            pool.shutdown(cancel_futures=True)
    print(made.told())
    return 1 if made.failed else 0


def _targets(args: argparse.Namespace) -> Iterator[tuple[str, Known]]:
    """Every column, issued where its file ends."""
    calendar = calendar_of(args)
    seen: dict[str, Path] = {}
    for path in args.data:
        found = read_all(path, time_column=args.time_column, targets=args.targets, timezone=args.timezone)
        tell_notes("fleet", next(iter(found.values())))
        for name, series in found.items():
            if name in seen:
                message = f"{path}: column {name!r} is in {seen[name]} too; every target needs a name of its own"
                raise DataError(message)
            seen[name] = path
            last = int(series.start_ms[-1])
            issue_ms = int(grid(last, last + 2 * DAY_S * SECOND_MS, series.step_s, args.timezone)[1])
            yield name, Known(series.start_ms, series.value, series.step_s, issue_ms, calendar)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error while that is a terminal."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        yield progress
