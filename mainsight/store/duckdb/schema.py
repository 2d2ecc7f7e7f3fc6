"""Tables of the DuckDB file, and how an older file becomes a present one."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from mainsight.store.port import StoreFormatError

_ROLLUP = """(
    series INTEGER NOT NULL, ts TIMESTAMP_S NOT NULL,
    count UTINYINT NOT NULL,    -- quarter hours
    v DOUBLE NOT NULL,          -- a gauge's mean, a register's sum, a status's last
    min DOUBLE NOT NULL, max DOUBLE NOT NULL, quality UTINYINT NOT NULL)"""
_NARROWED = """
    SELECT series, ts, count,
        CASE kind WHEN 'gauge' THEN round(sum / count, 9) WHEN 'register' THEN round(sum, 9) ELSE last END,
        min, max, quality
    FROM {} JOIN series ON series = id ORDER BY ts"""
# There are no primary keys on the large tables: an index would cost ten times the space of what it indexes. What they
# would guard is held by the writer instead, which is one thread of one process.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE series (
        id INTEGER NOT NULL,        -- numbered zone by zone, so that a zone's series lie together
        zone VARCHAR NOT NULL,      -- '' for what serves several zones
        meter VARCHAR NOT NULL,
        quantity VARCHAR NOT NULL,
        kind VARCHAR NOT NULL);
    CREATE TABLE reading (          -- appended as received, which is nearly in order of time
        series INTEGER NOT NULL,
        ts TIMESTAMP_MS NOT NULL,
        v DOUBLE NOT NULL,
        lag_s INTEGER NOT NULL,     -- arrival less device time
        flags UTINYINT NOT NULL);
    CREATE TABLE revision (         -- raw values that were replaced
        series INTEGER NOT NULL,
        ts TIMESTAMP_MS NOT NULL,
        v DOUBLE NOT NULL,
        known_from TIMESTAMP_MS NOT NULL,
        known_to TIMESTAMP_MS NOT NULL);
    CREATE TABLE last (
        series INTEGER NOT NULL,
        ts TIMESTAMP_MS NOT NULL,
        v DOUBLE NOT NULL,
        lag_s INTEGER NOT NULL,
        flags UTINYINT NOT NULL);
    CREATE TABLE dirty (            -- changed since final values were computed
        series INTEGER NOT NULL,
        start TIMESTAMP_MS NOT NULL,
        stop TIMESTAMP_MS NOT NULL);
    CREATE TABLE rule (id USMALLINT NOT NULL, name VARCHAR NOT NULL);
    INSERT INTO rule VALUES (0, '');
    CREATE TABLE final (            -- by the quarter hour: also the roll-up to 15 minutes
        series INTEGER NOT NULL,
        ts TIMESTAMP_S NOT NULL,
        v DOUBLE NOT NULL,
        quality UTINYINT NOT NULL,
        rule USMALLINT NOT NULL,
        version SMALLINT NOT NULL);
    CREATE TABLE rollup_1h (
        series INTEGER NOT NULL, ts TIMESTAMP_S NOT NULL,
        count UTINYINT NOT NULL, sum DOUBLE NOT NULL, min DOUBLE NOT NULL, max DOUBLE NOT NULL, last DOUBLE NOT NULL,
        quality UTINYINT NOT NULL);
    CREATE TABLE rollup_1d (        -- days of the store's zone
        series INTEGER NOT NULL, ts TIMESTAMP_S NOT NULL,
        count UTINYINT NOT NULL, sum DOUBLE NOT NULL, min DOUBLE NOT NULL, max DOUBLE NOT NULL, last DOUBLE NOT NULL,
        quality UTINYINT NOT NULL);
    CREATE SEQUENCE forecast_id;
    CREATE TABLE forecast_issue (
        id INTEGER NOT NULL DEFAULT nextval('forecast_id'),
        target VARCHAR NOT NULL, quantity VARCHAR NOT NULL, issue TIMESTAMP_MS NOT NULL,
        step_s INTEGER NOT NULL, model VARCHAR NOT NULL, fallback VARCHAR NOT NULL, inputs VARCHAR NOT NULL);
    CREATE TABLE forecast (
        issue INTEGER NOT NULL,     -- forecast_issue.id
        lead SMALLINT NOT NULL,     -- 1 is the first step
        ts TIMESTAMP_MS NOT NULL,
        p05 DOUBLE, p10 DOUBLE, p25 DOUBLE, p50 DOUBLE, p75 DOUBLE, p90 DOUBLE, p95 DOUBLE);
    CREATE VIEW forecast_latest AS
        SELECT i.target, i.quantity, i.issue, i.model, i.fallback, f.* EXCLUDE (issue)
        FROM (SELECT * FROM forecast_issue QUALIFY issue = max(issue) OVER (PARTITION BY target, quantity)) i
        JOIN forecast f ON f.issue = i.id;
    """,
    # A roll-up keeps the one value that its kind gives, instead of sum and last side by side: half the space, and no query
    # has to ask for the kind. The hours of whole zones make a province's year a matter of milliseconds.
    f"""
    ALTER TABLE rollup_1h RENAME TO wide_1h;
    ALTER TABLE rollup_1d RENAME TO wide_1d;
    CREATE TABLE rollup_1h {_ROLLUP};
    CREATE TABLE rollup_1d {_ROLLUP};
    INSERT INTO rollup_1h {_NARROWED.format("wide_1h")};
    INSERT INTO rollup_1d {_NARROWED.format("wide_1d")};
    DROP TABLE wide_1h;
    DROP TABLE wide_1d;
    CREATE TABLE zone_1h (          -- sums over all series of a zone and quantity, of rollup_1h
        zone VARCHAR NOT NULL, quantity VARCHAR NOT NULL, ts TIMESTAMP_S NOT NULL,
        count UINTEGER NOT NULL, v DOUBLE NOT NULL, min DOUBLE NOT NULL, max DOUBLE NOT NULL, quality UTINYINT NOT NULL);
    INSERT INTO zone_1h
        SELECT zone, quantity, ts, sum(count), sum(v), sum(min), sum(max), min(quality)
        FROM rollup_1h JOIN series ON series = id GROUP BY ALL ORDER BY ts;
    """,  # noqa: S608 - tables of ours
    "ALTER TABLE forecast_issue ADD COLUMN remarks VARCHAR DEFAULT '';",
    """
    CREATE TABLE rollup_1m (        -- of meters that report about every minute or oftener; quality is that of the quarter hour
        series INTEGER NOT NULL, ts TIMESTAMP_S NOT NULL, v DOUBLE NOT NULL);
    CREATE TABLE retention (        -- what is before `since` was taken away, or is about to be
        level VARCHAR NOT NULL, since TIMESTAMP_MS NOT NULL);
    """,
)
"""Step n takes a file from version n to n + 1. A step that has shipped is never changed."""


def migrate(connection: duckdb.DuckDBPyConnection, path: Path, timezone: str, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring a file to the present version, in one transaction; an empty file gets all tables.

    Raises:
        StoreFormatError: the file is of a later version, holds tables of something else, or is of another zone.

    """
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if tables and "schema_version" not in tables:
        raise StoreFormatError(f"{path} is a DuckDB file of something else (it has tables, but no schema_version); name another file")
    version = 0
    if tables:
        found = connection.execute("SELECT version, timezone FROM schema_version").fetchall()
        if not found:
            raise StoreFormatError(f"{path} does not tell its version; restore it from a backup")
        version, zone = found[0]
        if version > len(migrations):
            raise StoreFormatError(
                f"{path} was written by a later mainsight (format {version}, this one reads up to {len(migrations)}); "
                "update mainsight or name another file"
            )
        if zone != timezone:
            raise StoreFormatError(f"{path} keeps days of {zone}, not of {timezone}: set store.timezone to {zone} or name another file")
    if version == len(migrations):
        return
    connection.begin()
    for step in migrations[version:]:
        connection.execute(step)
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, timezone VARCHAR NOT NULL)")
    connection.execute("DELETE FROM schema_version")
    connection.execute("INSERT INTO schema_version VALUES (?, ?)", [len(migrations), timezone])
    connection.commit()
