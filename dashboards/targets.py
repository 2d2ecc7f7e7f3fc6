"""Queries of panels: InfluxQL for InfluxDB, and a request to our API for the Infinity data source.

The SDK has builders for neither. Both classes give the JSON that the data source's plugin keeps in a dashboard.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef

INFLUX = DataSourceRef(type_val="influxdb", uid="mainsight-influxdb")
"""Time series and alarm transitions, in InfluxQL."""
API = DataSourceRef(type_val="yesoreyeram-infinity-datasource", uid="mainsight-api")
"""Our HTTP API: what is computed rather than stored."""
GRAFANA = DataSourceRef(type_val="grafana", uid="-- Grafana --")
"""Annotations that were pushed into Grafana itself."""


class _Query(Builder[Dataquery], Dataquery):
    """A query that is its own builder, as the SDK asks for builders of queries."""

    def build(self) -> Dataquery:
        """Be what is built."""
        return self


@dataclass
class InfluxQuery(_Query):
    """One InfluxQL statement.

    Attributes:
        query: the statement; Grafana fills in `$timeFilter`, `$__interval` and dashboard variables.
        ref: letter of the query in its panel, unique there.
        alias: how series are named: a text, `$col` (the column), `$tag_meter` (a tag's value).
        table: give rows as they are, rather than series over time.

    """

    query: str
    ref: str = "A"
    alias: str = "$col"
    table: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the plugin keeps it."""
        return {
            "datasource": INFLUX,
            "refId": self.ref,
            "rawQuery": True,
            "query": self.query,
            "alias": self.alias,
            "resultFormat": "table" if self.table else "time_series",
        }


ColumnType = Literal["string", "number", "timestamp_epoch"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer.

    Attributes:
        selector: where it is in a row: a GJSON path such as `now.utilisation`.
        text: its name in the panel.
        type: `timestamp_epoch` is UTC milliseconds.

    """

    selector: str
    text: str
    type: ColumnType = "number"

    def to_json(self) -> dict[str, str]:
        """As the plugin keeps it."""
        return {"selector": self.selector, "text": self.text, "type": self.type}


@dataclass
class ApiQuery(_Query):
    """One GET of our API by the Infinity data source's back end.

    Attributes:
        url: path below the API's base, variables included.
        rows: where the rows are in the answer: a GJSON path; empty where the answer itself is the row.
        columns: what to take from each row; none takes all that a flat row has.
        ref: letter of the query in its panel, unique there.
        series: give series over time rather than rows: the first column is the time.

    """

    url: str
    rows: str
    columns: Sequence[Column] = ()
    ref: str = "A"
    series: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the plugin keeps it."""
        return {
            "datasource": API,
            "refId": self.ref,
            "type": "json",
            "source": "url",
            "parser": "backend",
            "format": "timeseries" if self.series else "table",
            "url": self.url,
            "url_options": {"method": "GET"},
            "root_selector": self.rows,
            "columns": [column.to_json() for column in self.columns],
        }


Query = InfluxQuery | ApiQuery
"""What a panel asks."""


@dataclass
class StoredAnnotations(_Query):
    """Points in InfluxDB as annotations.

    Attributes:
        query: the statement; it gives `text_en`.
        tags: its columns that are shown as tags.
        end: its column of the end, UTC milliseconds; empty where a point is an instant.

    """

    query: str
    tags: Sequence[str]
    end: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the plugin keeps it: with `query` in the target, it needs no migration when the dashboard is loaded."""
        return {
            "datasource": INFLUX,
            "refId": "Anno",
            "query": self.query,
            "queryType": "tags",
            "fromAnnotations": True,
            "textColumn": "text_en",
            "tagsColumn": ",".join(self.tags),
            "timeEndColumn": self.end,
            "titleColumn": "",
        }


@dataclass
class PushedAnnotations(_Query):
    """Annotations kept by Grafana itself that carry all of some tags."""

    tags: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """As Grafana keeps it."""
        return {"refId": "Anno", "type": "tags", "tags": list(self.tags), "matchAny": False, "limit": 500}
