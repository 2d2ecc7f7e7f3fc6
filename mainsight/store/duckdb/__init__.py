"""The embedded time-series store: one DuckDB file, one process."""

from mainsight.store.duckdb.store import DuckDbStore

__all__ = ["DuckDbStore"]
