"""InfluxQL statements of the dashboards, on the measurements of the store.

Values of whole assets are sums over their main meters. Where one of them is missing the sum is left out, for a gap is
honest and a sum of the rest is not. What InfluxDB 3 cannot delete is marked by count 0 or quality 0 and left out too.
"""

from collections.abc import Collection

_TIME = "$timeFilter"


def named(text: str) -> str:
    """A text for people as the name of a column."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def one_of(tag: str, ids: Collection[str]) -> str:
    """Condition: the tag is one of some ids (of letters, digits and hyphens)."""
    return f""""{tag}" =~ /^({"|".join(sorted(ids))})$/"""


def total(meters: Collection[str], quantity: str, name: str, factor: float = 1.0) -> str:
    """Sum over meters of 15-minute means, where all are there, times a factor."""
    inner = (
        f'SELECT sum("mean") AS "s", count("mean") AS "n" FROM "rollup_15m" WHERE "quantity" = \'{quantity}\' '
        f'AND {one_of("meter", meters)} AND "count" > 0 AND {_TIME} GROUP BY time(15m)'
    )
    scaled = '"s"' if factor == 1.0 else f'"s" * {factor:.6g}'
    return f'SELECT {scaled} AS {named(name)} FROM ({inner}) WHERE "n" = {len(meters)}'


def daily_total(meters: Collection[str], quantity: str, name: str, timezone: str) -> str:
    """Sum over meters of daily increments; days are the zone's own."""
    return (
        f'SELECT sum("sum") AS {named(name)} FROM "rollup_1d" WHERE "quantity" = \'{quantity}\' '
        f"AND {one_of('meter', meters)} AND \"count\" > 0 AND {_TIME} GROUP BY time(1d) fill(none) tz('{timezone}')"
    )


def daily_least(meter: str, quantity: str, name: str, timezone: str) -> str:
    """Least 15-minute mean of each of the zone's own days."""
    return (
        f'SELECT min("mean") AS {named(name)} FROM "rollup_15m" WHERE "meter" = \'{meter}\' AND "quantity" = \'{quantity}\' '
        f"AND \"count\" > 0 AND {_TIME} GROUP BY time(1d) fill(none) tz('{timezone}')"
    )


def of_meter(meter: str, quantity: str, name: str) -> str:
    """15-minute values of one meter; ids may be variables."""
    return (
        f'SELECT "mean" AS {named(name)} FROM "rollup_15m" WHERE "meter" = \'{meter}\' '
        f'AND "quantity" = \'{quantity}\' AND "count" > 0 AND {_TIME}'
    )


def quantiles(target: str, quantity: str, names: dict[str, str]) -> str:
    """Newest forecast of a target: field -> name of its series."""
    fields = ", ".join(f'"{field}" AS {named(name)}' for field, name in names.items())
    return f'SELECT {fields} FROM "forecast_latest" WHERE "target" = \'{target}\' AND "quantity" = \'{quantity}\' AND {_TIME}'


def at_lead(target: str, quantity: str, lead: str, name: str, field: str) -> str:
    """What was forecast a number of steps ahead."""
    return (
        f'SELECT "{field}" AS {named(name)} FROM "forecast" WHERE "target" = \'{target}\' '
        f"AND \"quantity\" = '{quantity}' AND \"lead\" = '{lead}' AND {_TIME}"
    )


def outages(assets: Collection[str] = ()) -> str:
    """Planned outages of some assets, or of all, that begin in the time shown and were not withdrawn."""
    where = f"{one_of('asset', assets)} AND " if assets else ""
    return f'SELECT "text_en", "end_ms", "asset", "notice" FROM "planned_outage" WHERE {where}"state" = \'planned\' AND {_TIME}'


def alarms(assets: Collection[str] = ()) -> str:
    """Transitions of alarms on some assets, or on all."""
    where = f"{one_of('asset', assets)} AND " if assets else ""
    return f'SELECT "text_en", "rule", "asset", "state", "priority" FROM "alarm" WHERE {where}{_TIME}'
