"""Time series in InfluxDB 1.x, 2.x or 3, by the two things they share: InfluxQL over /query and line protocol."""

from mainsight.store.influx.store import InfluxStore

__all__ = ["InfluxStore"]
