"""Tables for other programs: rows read piece by piece, written as CSV, Parquet or XLSX."""
