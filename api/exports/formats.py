"""Pieces of rows as bytes of a file. CSV and Parquet leave as they are made; an XLSX file is made whole in a temporary file first."""

import io
import tempfile
from collections.abc import Iterator
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pa_compute
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from xlsxwriter import Workbook

from api.exports.rows import Piece
from mainsight.core.quality import Quality
from mainsight.core.readings import Series

XLSX_ROWS: Final = 1_000_000
"""Rows that one sheet is given; a spreadsheet holds 1,048,576."""
_CHUNK = 64 * 1024
_LABELS = pa.array([quality.label for quality in Quality])
_WIDTHS = (20, 20, 22, 18, 8, 12, 12, 12, 11, 12)


def table(piece: Piece, timezone: str) -> pa.Table:
    """Rows of a piece: instants in UTC and in the zone's time, units and quality in columns of their own; missing is null."""
    n, at = len(piece.time_ms), pa.array(piece.time_ms)
    floats = {name: pa.array(getattr(piece, name), from_pandas=True) for name in ("value", "low", "high")}
    return pa.table(
        {
            "time": at.cast(pa.timestamp("ms", "UTC")),
            "local_time": at.cast(pa.timestamp("ms", timezone)),
            "meter": pa.repeat(piece.series.meter, n),
            "quantity": pa.repeat(piece.series.quantity, n),
            "unit": pa.repeat(piece.unit, n),
            **floats,
            "quality": _LABELS.take(pa.array(piece.quality)),
            "completeness": pa.array(np.round(piece.completeness, 4)),
        }
    )


def nothing() -> Piece:
    """A piece of no rows: what an export of nothing holds, with its header."""
    none = np.empty(0)
    return Piece(Series("", ""), "", np.empty(0, np.int64), none, none, none, np.empty(0, np.uint8), none)


class CsvWriter:
    """Comma-separated, UTF-8, one header."""

    def __init__(self, timezone: str) -> None:
        """Local times are of this zone."""
        self._timezone = timezone
        self._first = True

    def add(self, piece: Piece) -> bytes:
        """See `Writer.add`."""
        out = io.BytesIO()
        pa_csv.write_csv(table(piece, self._timezone), out, pa_csv.WriteOptions(include_header=self._first))
        self._first = False
        return out.getvalue()

    def end(self) -> Iterator[bytes]:
        """See `Writer.end`."""
        yield from ()


class _Outlet(io.RawIOBase):
    """Where Parquet's writer writes; what has come is taken away."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._before = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def tell(self) -> int:
        return self._before + len(self._held)

    def take(self) -> bytes:
        taken, self._held = bytes(self._held), bytearray()
        self._before += len(taken)
        return taken


class ParquetWriter:
    """Parquet, zstd, one row group a piece."""

    def __init__(self, timezone: str) -> None:
        """Local times are of this zone."""
        self._timezone = timezone
        self._outlet = _Outlet()
        schema = table(nothing(), timezone).schema
        self._writer = pa_parquet.ParquetWriter(pa.PythonFile(self._outlet, mode="w"), schema, compression="zstd")

    def add(self, piece: Piece) -> bytes:
        """See `Writer.add`."""
        self._writer.write_table(table(piece, self._timezone))
        return self._outlet.take()

    def end(self) -> Iterator[bytes]:
        """See `Writer.end`."""
        self._writer.close()
        yield self._outlet.take()


class XlsxWriter:
    """A workbook in constant memory; a new sheet every million rows. Times are dates of the spreadsheet, both without a zone."""

    def __init__(self, timezone: str) -> None:
        """Local times are of this zone."""
        self._timezone = timezone
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end
        self._book = Workbook(self._file, {"constant_memory": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self._book.add_format({"bold": True})
        self._row = XLSX_ROWS

    def add(self, piece: Piece) -> bytes:
        """See `Writer.add`."""
        columns = table(piece, self._timezone)
        for name in ("time", "local_time"):
            at = columns.schema.get_field_index(name)
            columns = columns.set_column(at, name, pa_compute.local_timestamp(columns[name]))
        for values in zip(*(column.to_pylist() for column in columns.columns), strict=True):
            if self._row >= XLSX_ROWS:
                self._begin_sheet(columns.column_names)
            self._row += 1
            for at, value in enumerate(values):
                if at < 2:
                    self._sheet.write_datetime(self._row, at, value, self._date)
                elif value is not None:
                    self._sheet.write(self._row, at, value)
        return b""

    def _begin_sheet(self, names: list[str]) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for at, (name, width) in enumerate(zip(names, _WIDTHS, strict=True)):
            self._sheet.set_column(at, at, width)
            self._sheet.write(0, at, {"time": "time (UTC)", "local_time": f"time ({self._timezone})"}.get(name, name), self._bold)
        self._row = 0

    def end(self) -> Iterator[bytes]:
        """See `Writer.end`."""
        with self._file as file:
            self._book.close()
            file.seek(0)
            while chunk := file.read(_CHUNK):
                yield chunk


WRITERS: Final[dict[str, type[CsvWriter] | type[ParquetWriter] | type[XlsxWriter]]] = {
    "csv": CsvWriter,
    "parquet": ParquetWriter,
    "xlsx": XlsxWriter,
}
