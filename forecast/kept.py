"""Forecasts of a fleet in a folder, one CSV file a target: each whole or not there, so that a fleet ended at any moment goes on."""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from forecast.chain import Outcome
from forecast.known import Known
from mainsight.core.forecasts import QUANTILES
from mainsight.core.zonetime import rfc3339

COLUMNS = ("target", "issued", "time", *(f"p{round(100 * level):02d}" for level in QUANTILES), "model", "fallback", "asked", "inputs")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of forecasts.

    Files hold the columns `COLUMNS`, a row an interval: put one behind the other they are one table. `asked` and `inputs` tell
    which model was wanted and what it was given; a file in which both are right is not made again.
    """

    path: Path

    def file(self, target: str) -> Path:
        """Where a target's forecast is; its name is the target's, characters that cannot stand in one as %XX."""
        return self.path / f"{quote(target, safe=' ')}.csv"

    def has(self, target: str, known: Known, model: str, horizon: int) -> bool:
        """Whether that very forecast is there."""
        try:
            with self.file(target).open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
        except FileNotFoundError:
            return False
        return len(rows) == horizon and (rows[0].get("asked"), rows[0].get("inputs")) == (model, known.digest())

    def keep(self, target: str, known: Known, model: str, outcome: Outcome) -> None:
        """Put a forecast in place of an earlier one."""
        whole, part = self.file(target), self.file(target).with_suffix(".part")
        issued, inputs = rfc3339(known.issue_ms), known.digest()
        with part.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(COLUMNS)
            rows.writerows(
                (target, issued, rfc3339(at), *_numbers(row), outcome.model, outcome.fallback, model, inputs)
                for at, row in zip(known.ahead_ms(len(outcome.quantiles)).tolist(), outcome.quantiles.tolist(), strict=True)
            )
            file.flush()
            os.fsync(file.fileno())
        part.replace(whole)


def _numbers(row: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" for value in row)
