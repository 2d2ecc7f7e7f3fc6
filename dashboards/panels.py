"""Panels in the console's manner: grey values, amber and red for the abnormal, blue for forecasts; missing is a gap."""

from collections.abc import Sequence
from typing import Any, Literal

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import (
    DataSourceRef,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    LineInterpolation,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, FieldColorModeId, Panel, ValueMap, ValueMappingResult

from dashboards.limits import AMBER, BLUE, GREY, RED, steps
from dashboards.targets import API, INFLUX, InfluxQuery, Query

PanelBuilder = Builder[Panel]
M3_PER_H, MVA, PER_HOUR = "suffix:m³/h", "suffix:MVA", "suffix:/h"
UNITS = {
    "kW": "kwatt",
    "kWh": "kwatth",
    "m3/h": M3_PER_H,
    "m3": "m3",
    "bar": "pressurebar",
    "m": "lengthm",
    "%": "percent",
    "MVA": MVA,
    "V": "volt",
    "kvar": "kvoltampreact",
    "degC": "celsius",
    "mg/L": "suffix:mg/L",
}
"""Grafana's unit of each of ours that is drawn."""
QUARTER_MS = 900_000
P10, P50, P90 = "P10", "P50", "P90"
STATES = {"normal": GREY, "high": AMBER, "over": RED, "unknown": GREY}
PRIORITIES = {"low": GREY, "medium": GREY, "high": AMBER, "critical": RED}


def source_of(queries: Sequence[Query]) -> DataSourceRef:
    """What a panel says it draws from: the source of its queries, or Mixed."""
    found = {INFLUX.uid if isinstance(query, InfluxQuery) else API.uid for query in queries}
    if len(found) > 1:
        return DataSourceRef(type_val="datasource", uid="-- Mixed --")
    return INFLUX if found == {INFLUX.uid} else API


def lines(
    title: str,
    description: str,
    unit: str,
    queries: Sequence[Query],
    *,
    thresholds: ThresholdsConfig | None = None,
    gap_ms: int = 2 * QUARTER_MS,
) -> timeseries.Panel:
    """Series over time.

    Args:
        title: what people read.
        description: what it shows and how to read it.
        unit: Grafana's id of the unit.
        queries: where the series come from.
        thresholds: drawn as lines; none draws none.
        gap_ms: points further apart than this are not joined.

    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(source_of(queries))
        .unit(unit)
        .draw_style(GraphDrawStyle.LINE)
        .line_width(1)
        .line_interpolation(LineInterpolation.LINEAR)
        .show_points(VisibilityMode.NEVER)
        .insert_nulls(gap_ms)
        .span_nulls(False)
        .legend(shared.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True))
        .tooltip(shared.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .thresholds(thresholds or steps())
        .thresholds_style(
            shared.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED if thresholds else GraphThresholdsStyleMode.OFF)
        )
    )
    for query in queries:
        panel.with_target(query)
    return panel


def bars(
    title: str, description: str, unit: str, queries: Sequence[Query], *, stacked: bool = False, since: str | None = None
) -> timeseries.Panel:
    """Counts or sums over time as bars; `since` ("14d") shows that much whatever the dashboard's range."""
    panel = lines(title, description, unit, queries).draw_style(GraphDrawStyle.BARS).fill_opacity(60).line_width(0)
    if stacked:
        panel.stacking(shared.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    return panel if since is None else panel.time_from(since)


def with_fan(panel: timeseries.Panel) -> timeseries.Panel:
    """Draw series named P10, P50 and P90 as a forecast: blue, the median dashed, the band between P10 and P90 filled."""
    blue = _property("color", {"mode": "fixed", "fixedColor": BLUE})
    edge = [blue, _property("custom.lineWidth", 0)]
    band = [*edge, _property("custom.fillBelowTo", P10), _property("custom.fillOpacity", 18)]
    dashed = [blue, _property("custom.lineStyle", {"fill": "dash", "dash": [6, 4]})]
    return panel.override_by_name(P90, band).override_by_name(P10, edge).override_by_name(P50, dashed)


def with_foretold(panel: timeseries.Panel, *names: str) -> timeseries.Panel:
    """Draw some series as forecasts: blue and dashed."""
    for name in names:
        panel.override_by_name(
            name,
            [
                _property("color", {"mode": "fixed", "fixedColor": BLUE}),
                _property("custom.lineStyle", {"fill": "dash", "dash": [6, 4]}),
            ],
        )
    return panel


def _property(name: str, value: object) -> DynamicConfigValue:
    return DynamicConfigValue(id_val=name, value=value)


def numbers(
    title: str,
    description: str,
    unit: str,
    queries: Sequence[Query],
    *,
    thresholds: ThresholdsConfig | None = None,
    units: dict[str, str] | None = None,
) -> stat.Panel:
    """Single values, newest of each field; `units` gives fields a unit of their own."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(source_of(queries))
        .unit(unit)
        .thresholds(thresholds or steps())
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .reduce_options(shared.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
        .no_value("-")
    )
    for query in queries:
        panel.with_target(query)
    for name, its in (units or {}).items():
        panel.override_by_name(name, [_property("unit", its)])
    return panel


def rows(
    title: str,
    description: str,
    query: Query,
    *,
    units: dict[str, str] | None = None,
    colours: dict[str, dict[str, str]] | None = None,
    links: dict[str, tuple[str, str]] | None = None,
    hidden: Sequence[str] = (),
    sort: tuple[str, Literal["asc", "desc"]] | None = None,
) -> table.Panel:
    """A table.

    Args:
        title: what people read.
        description: what it shows and how to read it.
        query: where the rows come from.
        units: column -> Grafana's unit.
        colours: column -> text -> colour of the cell's text.
        links: column -> (title, address); `${__data.fields["Column"]}` stands for another cell of the row.
        hidden: columns that are there for links alone.
        sort: column and direction.

    """
    panel = table.Panel().title(title).description(description).datasource(source_of([query])).with_target(query).no_value("-").unit("none")
    properties: dict[str, list[DynamicConfigValue]] = {}
    for name, unit in (units or {}).items():
        properties.setdefault(name, []).append(_property("unit", unit))
    for name, by_text in (colours or {}).items():
        properties.setdefault(name, []).extend(coloured(by_text))
    for name, (told, url) in (links or {}).items():
        properties.setdefault(name, []).append(_property("links", [{"title": told, "url": url, "targetBlank": True}]))
    for name in hidden:
        properties.setdefault(name, []).append(_property("custom.hidden", True))
    for name, values in properties.items():
        panel.override_by_name(name, values)
    if sort is not None:
        panel.sort_by([shared.TableSortByFieldState().display_name(sort[0]).desc(sort[1] == "desc")])
    return panel


def coloured(by_text: dict[str, str]) -> list[DynamicConfigValue]:
    """Properties that give a column's texts a colour."""
    mapped = ValueMap(options={text: ValueMappingResult(color=colour, index=n) for n, (text, colour) in enumerate(by_text.items())})
    return [_property("mappings", [mapped]), _property("custom.cellOptions", {"type": "color-text"})]


def linked(panel: Any, title: str, url: str) -> Any:
    """Give a panel's values a link; the panel is any builder with `data_links`."""
    return panel.data_links([DashboardLink(title).url(url).target_blank(True)])
