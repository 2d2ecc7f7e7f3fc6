"""A dashboard: rows of panels on Grafana's grid of 24 columns, its variables, annotations and links."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    CustomVariable,
    Dashboard,
    DashboardLink,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    GridPos,
    VariableHide,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
    VariableType,
)

from dashboards import influxql
from dashboards.marks import TAG
from dashboards.targets import GRAFANA, INFLUX, PushedAnnotations, StoredAnnotations

WIDTH = 24
_MOST_UID = 40
CONSOLE = "${console}"
"""Address of the console, a hidden variable of each dashboard, for links."""


def uid_of(name: str) -> str:
    """Identity of a dashboard in Grafana, which takes 40 characters at most.

    Raises:
        ValueError: the name is too long.

    """
    uid = f"{TAG}-{name}"
    if len(uid) > _MOST_UID:
        raise ValueError(f"dashboard {name!r}: its uid {uid!r} has more than Grafana's {_MOST_UID} characters; give the zone a shorter id")
    return uid


class _Constant(Builder[VariableModel]):
    """A hidden variable of one value; the SDK's own builder can neither hide it nor choose its value."""

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def build(self) -> VariableModel:
        """Give the variable."""
        chosen = VariableOption(selected=True, text=self._value, value=self._value)
        return VariableModel(
            type_val=VariableType.CONSTANT,
            name=self._name,
            hide=VariableHide.HIDE_VARIABLE,
            skip_url_sync=True,
            query=self._value,
            current=chosen,
            options=[chosen],
        )


class Board:
    """Collects panels row by row; `build` gives the dashboard's JSON-able object."""

    def __init__(self, name: str, title: str, description: str, console: str, *, refresh: str, since: str, until: str = "now") -> None:
        """Begin a dashboard.

        Args:
            name: what its uid and its file are made of.
            title: what people read.
            description: what it is for.
            console: address of the console, for links.
            refresh: how often it asks again ("1m").
            since: begin of the time it shows at first ("now-2d").
            until: its end.

        """
        self.name = name
        self._y = 0
        self._id = 0
        self._dashboard = (
            Dashboard(title)
            .uid(uid_of(name))
            .description(description)
            .tags([TAG])
            .timezone("browser")
            .refresh(refresh)
            .time(since, until)
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .readonly()
            .link(_link("Dashboards", "Other dashboards of mainsight").type(DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True))
            .link(_link("Console", "The operators' console").type(DashboardLinkType.LINK).url(CONSOLE).target_blank(True))
            .with_variable(_Constant("console", console))
        )

    def choice(self, name: str, label: str, options: Mapping[str, str]) -> None:
        """Add a variable of given options: value -> text; the first is chosen."""
        (value, text), *_ = options.items()
        query = ",".join(f"{_escaped(text)} : {value}" for value, text in options.items())
        found = [VariableOption(selected=n == 0, text=text, value=value) for n, (value, text) in enumerate(options.items())]
        chosen = VariableOption(selected=True, text=text, value=value)
        self._dashboard.with_variable(CustomVariable(name).label(label).values(query).current(chosen).options(found))

    def tag_values(self, name: str, label: str, query: str, first: str) -> None:
        """Add a variable of what an InfluxQL statement finds; `first` is chosen before it ran."""
        self._dashboard.with_variable(
            QueryVariable(name)
            .label(label)
            .datasource(INFLUX)
            .query({"query": query, "refId": name, "rawQuery": True})
            .current(VariableOption(selected=True, text=first, value=first))
            .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
            .sort(VariableSort.ALPHABETICAL_ASC)
        )

    def alarms(self, assets: Collection[str] = ()) -> None:
        """Mark alarms of some assets, or of all: from InfluxDB, and (off at first) those pushed into Grafana."""
        stored = AnnotationQuery().name("Alarms").datasource(INFLUX).icon_color("orange").enable(True)
        self._dashboard.annotation(stored.target(StoredAnnotations(influxql.alarms(assets), ("rule", "asset", "state"))))
        pushed = AnnotationQuery().name("Alarms, as pushed").datasource(GRAFANA).icon_color("orange").enable(False)
        self._dashboard.annotation(pushed.target(PushedAnnotations((TAG, "alarm"))))

    def outages(self, assets: Collection[str] = ()) -> None:
        """Mark planned outages of some assets, or of all, from start to end."""
        marks = AnnotationQuery().name("Planned outages").datasource(INFLUX).icon_color("purple").enable(True)
        self._dashboard.annotation(marks.target(StoredAnnotations(influxql.outages(assets), ("asset", "notice"), end="end_ms")))

    def orders(self, zone: str | None = None) -> None:
        """Mark supply orders, of one zone or of all, as they were pushed into Grafana."""
        tags = (TAG, "supply-order", *([f"zone:{zone}"] if zone else []))
        marks = AnnotationQuery().name("Supply orders").datasource(GRAFANA).icon_color("red").enable(True)
        self._dashboard.annotation(marks.target(PushedAnnotations(tags)))

    def heading(self, title: str) -> None:
        """Begin a part of the dashboard."""
        self._dashboard.with_row(Row(title).id(self._next_id()).grid_pos(GridPos(h=1, w=WIDTH, x=0, y=self._y)))
        self._y += 1

    def row(self, height: int, *panels: Any) -> None:
        """Add panels side by side, of equal width."""
        width = WIDTH // len(panels)
        for n, panel in enumerate(panels):
            panel.id(self._next_id()).grid_pos(GridPos(h=height, w=width, x=n * width, y=self._y))
            self._dashboard.with_panel(panel)
        self._y += height

    def _next_id(self) -> int:
        self._id += 1
        return self._id

    def build(self) -> object:
        """Give the dashboard as the SDK's object."""
        return self._dashboard.build()


def _link(title: str, tooltip: str) -> DashboardLink:
    return DashboardLink(title).tooltip(tooltip).icon("external link").keep_time(True)


def _escaped(text: str) -> str:
    """A text in the list of a variable's options, where commas and colons part them."""
    return text.replace(",", "\\,").replace(" : ", ": ")


def options(names: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Options of a choice from (id, text), in order of text."""
    return dict(sorted(names, key=lambda pair: pair[1]))
