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
from mainsight.core.intervals import ByteArray, FloatArray
from mainsight.core.quality import Quality

XLSX_ROWS: Final = 1_000_000
"""Rows that one sheet is given; a spreadsheet holds 1,048,576."""
_CHUNK = 64 * 1024
_LABELS = pa.array([quality.label for quality in Quality])
_WIDTHS = (20, 20, 22, 18, 8)
"""Of a sheet's first columns; those after are of numbers."""
_NUMBER_WIDTH = 12


def table(piece: Piece, timezone: str) -> pa.Table:
    """Rows of a piece: instants in UTC and in the zone's time, units and quality in columns of their own; missing is null."""
    n, at = len(piece.time_ms), pa.array(piece.time_ms)
    return pa.table(
        {
            "time": at.cast(pa.timestamp("ms", "UTC")),
            "local_time": at.cast(pa.timestamp("ms", timezone)),
            **{name: pa.repeat(text, n) for name, text in piece.texts.items()},
            **{name: _column(values) for name, values in piece.columns.items()},
        }
    )


def _column(values: FloatArray | ByteArray) -> pa.Array:
    return _LABELS.take(pa.array(values)) if values.dtype == np.uint8 else pa.array(values, from_pandas=True)


class CsvWriter:
    """Comma-separated, UTF-8, one header."""

    def __init__(self, timezone: str, like: Piece) -> None:
        """See `Writer`."""
        self._timezone = timezone
        self._header = self._written(like.none(), header=True)

    def add(self, piece: Piece) -> bytes:
        """See `Writer.add`."""
        header, self._header = self._header, b""
        return header + self._written(piece, header=False)

    def _written(self, piece: Piece, *, header: bool) -> bytes:
        out = io.BytesIO()
        pa_csv.write_csv(table(piece, self._timezone), out, pa_csv.WriteOptions(include_header=header))
        return out.getvalue()

    def end(self) -> Iterator[bytes]:
        """See `Writer.end`."""
        yield self._header


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

    def __init__(self, timezone: str, like: Piece) -> None:
        """See `Writer`."""
        self._timezone = timezone
        self._outlet = _Outlet()
        schema = table(like.none(), timezone).schema
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

    def __init__(self, timezone: str, like: Piece) -> None:
        """See `Writer`."""
        self._timezone = timezone
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end
        self._book = Workbook(self._file, {"constant_memory": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self._book.add_format({"bold": True})
        self._names = table(like.none(), timezone).column_names
        self._begin_sheet()

    def add(self, piece: Piece) -> bytes:
        """See `Writer.add`."""
        columns = table(piece, self._timezone)
        for name in ("time", "local_time"):
            at = columns.schema.get_field_index(name)
            columns = columns.set_column(at, name, pa_compute.local_timestamp(columns[name]))
        for values in zip(*(column.to_pylist() for column in columns.columns), strict=True):
            if self._row >= XLSX_ROWS:
                self._begin_sheet()
            self._row += 1
            for at, value in enumerate(values):
                if at < 2:
                    self._sheet.write_datetime(self._row, at, value, self._date)
                elif value is not None:
                    self._sheet.write(self._row, at, value)
        return b""

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for at, name in enumerate(self._names):
            self._sheet.set_column(at, at, _WIDTHS[at] if at < len(_WIDTHS) else _NUMBER_WIDTH)
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
