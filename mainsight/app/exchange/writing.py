"""Raw readings into a file, with unit, arrival and flags."""

import csv
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mainsight.app.exchange.reading import COLUMNS
from mainsight.core.quantities import quantity
from mainsight.core.readings import Series
from mainsight.core.zonetime import DAY_S, SECOND_MS, rfc3339
from mainsight.store.influx.lines import tags
from mainsight.store.port import Raw, TimeSeriesStore

_PIECE_MS = 7 * DAY_S * SECOND_MS
Write = Callable[[Series, Raw], None]


async def pieces(store: TimeSeriesStore, series: Sequence[Series], start_ms: int, end_ms: int) -> AsyncIterator[tuple[Series, Raw]]:
    """Readings of series in a range, a week of one series at a time."""
    for one in series:
        for first in range(start_ms, end_ms, _PIECE_MS):
            found = await store.raw(one, first, min(first + _PIECE_MS, end_ms))
            if len(found.time_ms):
                yield one, found


@contextmanager
def writing(path: Path) -> Iterator[Write]:
    """What writes readings into a file, which appears whole or, after a failure, as it was before.

    Raises:
        KeyError: its name ends with none of `WRITERS`.

    """
    made = path.with_name(path.name + ".making")
    try:
        with WRITERS[path.suffix](made) as write:
            yield write
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    made.replace(path)


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)

        def write(series: Series, raw: Raw) -> None:
            unit = quantity(series.quantity).unit
            for at, value, arrival, flags in _tuples(raw):
                rows.writerow((*series, rfc3339(at), value, unit, rfc3339(arrival), flags))

        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    instant = pa.timestamp("ms", "UTC")
    kinds = (pa.string(), pa.string(), instant, pa.float64(), pa.string(), instant, pa.uint8())
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    with pq.ParquetWriter(path, schema, compression="zstd") as file:

        def write(series: Series, raw: Raw) -> None:
            n, unit = len(raw.time_ms), quantity(series.quantity).unit
            columns = (*([name] * n for name in series), raw.time_ms, raw.value, [unit] * n, raw.arrival_ms, raw.flags.astype(np.uint8))
            file.write_table(pa.table([pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)], schema=schema))

        yield write


@contextmanager
def _lines(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="\n") as file:

        def write(series: Series, raw: Raw) -> None:
            head = f"reading,{tags(meter=series.meter, quantity=series.quantity)}"
            for at, value, arrival, flags in _tuples(raw):
                file.write(f"{head} v={value},lag_s={(arrival - at) // SECOND_MS}i,flags={flags}i {at}\n")

        yield write


def _tuples(raw: Raw) -> Iterator[tuple[int, float, int, int]]:
    return zip(raw.time_ms.tolist(), raw.value.tolist(), raw.arrival_ms.tolist(), raw.flags.tolist(), strict=True)


WRITERS: dict[str, Callable[[Path], AbstractContextManager[Write]]] = {".csv": _csv, ".parquet": _parquet, ".lp": _lines}
"""What writes a file, by the end of its name. Line protocol is InfluxDB's, with times in milliseconds."""
