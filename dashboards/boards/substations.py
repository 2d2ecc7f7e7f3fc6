"""Substations and their transformers: load against rating, oil, voltage, reactive power."""

from dashboards import influxql
from dashboards.board import CONSOLE, Board
from dashboards.limits import AMBER, HIGH, OVER, PER_CAPACITY, POWER_FACTOR, RED, limits_of, steps
from dashboards.panels import MVA, STATES, UNITS, lines, linked, rows
from dashboards.targets import ApiQuery, Column, InfluxQuery
from mainsight.core.network import Meter, Network, Substation, Transformer, Utility
from mainsight.core.topology import demand_meters

_OIL_LIMIT = 105.0
"""Top oil under normal cyclic loading, degC (IEC 60076-7)."""
_VOLTAGE_BAND = 0.05
"""Of nominal, each way: what customers are due on Vietnam's medium voltage."""


def build(network: Network, console: str) -> Board:
    """Build it."""
    board = Board(
        "substations",
        "Substations and transformers",
        f"Every transformer of {network.name.en}: load against rating, oil temperature, voltage and reactive power. "
        f"Ratings as of {network.as_of}.",
        console,
        refresh="1m",
        since="now-2d",
    )
    board.alarms([*network.substations, *network.transformers])
    board.outages([*network.substations, *network.transformers])
    board.row(8, _now())
    for substation in network.substations.values():
        units = [unit for unit in network.transformers.values() if unit.substation == substation.id]
        panels = [panel for panel in (_loads(network, units), _oil(network, units), *_voltages(network, units)) if panel is not None]
        reactive = _reactive(network, units)
        if panels:
            board.heading(substation.name.en)
            board.row(8, *(_linked(panel, substation) for panel in [*panels, *([reactive] if reactive else [])]))
    return board


def _linked(panel: object, substation: Substation) -> object:
    return linked(panel, "Zone in the console", f"{CONSOLE}/zones/{substation.zone}")


def _now() -> object:
    query = ApiQuery(
        "/assets?kind=transformer",
        "items",
        (
            Column("name.en", "Transformer", "string"),
            Column("load.state", "State", "string"),
            Column("load.apparent_mva", "Load"),
            Column("load.rated", "Rated"),
            Column("load.utilisation", "Share of rated"),
            Column("load.headroom_n0", "Headroom"),
            Column("load.at_ms", "As of", "timestamp_epoch"),
            Column("zone", "Zone", "string"),
        ),
    )
    return rows(
        "Transformers now",
        "Apparent power of every transformer from its own meter, against its rating of the season.",
        query,
        units={"Load": MVA, "Rated": MVA, "Headroom": MVA, "Share of rated": "percentunit"},
        colours={"State": STATES},
        links={"Transformer": ("Zone in the console", f"{CONSOLE}/zones/" + "${__data.fields.Zone}")},
        hidden=("Zone",),
        sort=("Share of rated", "desc"),
    )


def _loads(network: Network, units: list[Transformer]) -> object | None:
    queries = []
    for n, unit in enumerate(units):
        meters = [meter.id for meter in demand_meters(network, unit.id, Utility.POWER)]
        rated = limits_of(network, unit.id, Utility.POWER).rated * PER_CAPACITY[Utility.POWER]
        if meters and rated:
            queries.append(InfluxQuery(influxql.total(meters, "power", unit.name.en, 100 / rated), ref=f"L{n}"))
    text = (
        f"15-minute final values in % of the rating, MVA taken at power factor {POWER_FACTOR}: amber from {HIGH:g} %, red from {OVER:g} %."
    )
    return lines("Load, % of rating", text, UNITS["%"], queries, thresholds=steps((HIGH, AMBER), (OVER, RED))) if queries else None


def _oil(network: Network, units: list[Transformer]) -> object | None:
    queries = _of_meters(network, units, "temperature_oil")
    text = f"Top oil as measured; amber above {_OIL_LIMIT:g} °C, the limit of IEC 60076-7 for normal cyclic loading."
    return lines("Oil temperature", text, UNITS["degC"], queries, thresholds=steps((_OIL_LIMIT, AMBER))) if queries else None


def _voltages(network: Network, units: list[Transformer]) -> list[object]:
    """A panel for each nominal voltage, as thresholds belong to a panel."""
    panels: list[object] = []
    for nominal_kv in dict.fromkeys(unit.lv_kv for unit in units):
        queries = _of_meters(network, [unit for unit in units if unit.lv_kv == nominal_kv], "voltage")
        low, high = (nominal_kv * 1000 * (1 + sign * _VOLTAGE_BAND) for sign in (-1, 1))
        limits = steps((low, "text"), (high, AMBER), base=AMBER)
        text = f"Line voltage of the {nominal_kv:g} kV side; amber outside {nominal_kv:g} kV ± {_VOLTAGE_BAND:.0%}."
        if queries:
            panels.append(lines(f"Voltage, {nominal_kv:g} kV side", text, UNITS["V"], queries, thresholds=limits))
    return panels


def _reactive(network: Network, units: list[Transformer]) -> object | None:
    queries = _of_meters(network, units, "reactive_power")
    text = "Reactive power, positive when drawn from the grid."
    return lines("Reactive power", text, UNITS["kvar"], queries) if queries else None


def _of_meters(network: Network, units: list[Transformer], quantity: str) -> list[InfluxQuery]:
    """A series for each meter on some transformers that measures a quantity, named as the transformer."""
    ids = {unit.id: unit for unit in units}
    found: list[Meter] = [meter for meter in network.meters.values() if meter.asset in ids and quantity in meter.quantities]
    return [InfluxQuery(influxql.of_meter(meter.id, quantity, ids[meter.asset].name.en), ref=f"M{n}") for n, meter in enumerate(found)]
