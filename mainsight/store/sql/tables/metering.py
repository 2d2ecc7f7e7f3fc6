"""Changes of raw readings, edits, ratios and replaced final values."""

import sqlalchemy as sa

from mainsight.store.sql.tables.metadata import metadata

change_entry = sa.Table(
    "change_entry",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("stretches", sa.Text, nullable=False),
    sa.Column("open_until_ms", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

change_number = sa.Table("change_number", metadata, sa.Column("number", sa.BigInteger, nullable=False))

change_mark = sa.Table(
    "change_mark",
    metadata,
    sa.Column("meter", sa.Text, primary_key=True),
    sa.Column("quantity", sa.Text, primary_key=True),
    sa.Column("start_ms", sa.BigInteger, primary_key=True),
    sa.Column("end_ms", sa.BigInteger, primary_key=True),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)

raw_revision = sa.Table(
    "raw_revision",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
    sa.Column("quantity", sa.Text, nullable=False),
    sa.Column("time_ms", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("known_from_ms", sa.BigInteger, nullable=False),
    sa.Column("known_to_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("meter", "quantity", "time_ms", "value", "known_from_ms"),
)

edit = sa.Table(
    "edit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
    sa.Column("quantity", sa.Text, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("values", sa.JSON, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("undone", sa.JSON(none_as_null=True)),
    sa.Index("edit_series", "meter", "quantity", "end_ms"),
    sqlite_autoincrement=True,
)

meter_change = sa.Table(
    "meter_change",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
    sa.Column("from_ms", sa.BigInteger, nullable=False),
    sa.Column("factor", sa.Float),
    sa.Column("registers", sa.JSON, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("undone", sa.JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)

final_revision = sa.Table(
    "final_revision",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
    sa.Column("quantity", sa.Text, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("known_to_ms", sa.BigInteger, nullable=False),
    sa.Column("columns", sa.LargeBinary, nullable=False),
    sa.Index("final_revision_series", "meter", "quantity", "end_ms"),
)

meter_basis = sa.Table(
    "meter_basis",
    metadata,
    sa.Column("meter", sa.Text, primary_key=True),
    sa.Column("basis", sa.Text, nullable=False),
)

kept_from = sa.Table(
    "kept_from",
    metadata,
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
)
