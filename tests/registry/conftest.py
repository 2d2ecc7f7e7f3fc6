"""A small registry, whole and right, to be spoiled one line at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

PROVINCE = """\
id: here
name: {vi: "Đây", en: "Here"}
as_of: 2026-11-01
timezone: Asia/Ho_Chi_Minh
country: VN
files: [network.yaml, meters.yaml]
geometry: [shapes.geojson]
zones:
  - id: north
    name: {vi: "Bắc", en: "North"}
    position: [106.1, 21.2]
tariff: three
"""
NETWORK = """\
substations:
  - {id: sub, name: {vi: s, en: Sub}, position: [106.1, 21.2], zone: north}
transformers:
  - id: t1
    name: {vi: t, en: T1}
    substation: sub
    rated_mva: 63
    hv_kv: 110
    lv_kv: 22
    seasons: [{start: 05-01, end: 08-31, factor: 0.95}]
feeders:
  - {id: f-471, name: {vi: "Lộ 471", en: Feeder 471}, transformer: t1, zone: north, kv: 22, rated_mva: 15}
water_plants:
  - {id: plant, name: {vi: p, en: Plant}, position: [106.2, 21.3], lines_m3_per_h: [500, 500]}
pump_stations:
  - {id: pumps, name: {vi: p, en: Pumps}, position: [106.1, 21.2], source: plant, pumps_m3_per_h: [200, 200], feeder: f-471}
reservoirs:
  - {id: tank, name: {vi: b, en: Tank}, position: [106.1, 21.2], source: pumps, area_m2: 500, level_min_m: 1, level_max_m: 4}
dmas:
  - id: dma
    name: {vi: d, en: District}
    zone: north
    source: tank
    capacity_m3_per_h: 300
    pressure_min_bar: 2
    pressure_max_bar: 5
    mains_km: 12
    connections: 40
tariffs:
  - id: three
    name: {vi: "Ba giá", en: Time of use}
    hours:
      - since: 2014-06-01
        peak: [{days: [mon, tue, wed, thu, fri, sat], start: "09:30", end: "11:30"}]
        off_peak: [{start: "22:00", end: "04:00"}]
      - {since: 2026-04-22, off_peak: [{start: "00:00", end: "06:00"}]}
supply_orders:
  - id: cap
    zones: [north]
    utility: power
    quota: 40000
    unit: kW
    start: 2026-06-10T12:00:00+07:00
    end: 2026-06-10T16:00:00+07:00
    reason: {vi: thiếu, en: shortage}
"""
METERS = """\
meter_types:
  feeder: {role: main, utility: power, quantities: [power, voltage], limits: {power: [-10, 20000]}}
  pressure: {label: {vi: áp lực, en: pressure}, role: sensor, utility: water, quantities: [pressure]}
meters:
  - {id: m1, device: DEV-1, asset: f-471, type: feeder}
  - id: m2
    device: DEV-2
    asset: f-471
    role: sub
    utility: power
    quantities: [power, energy_import]
    protocol: thingsboard
    ratios:
      - {valid_from: 2021-01-01, factor: 8000}
      - {valid_from: 2026-10-27, factor: 16000}
    customer: {vi: Xưởng, en: Works}
    sector: metal
    contracted: 4000
  - {id: m3, device: DEV-3, asset: dma, type: pressure, reports_s: 60}
"""
SHAPES = """\
{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"id": "north"}, "geometry": {"type": "Polygon", "coordinates":
 [[[106.0, 21.1], [106.2, 21.1], [106.2, 21.3], [106.0, 21.1]]]}},
{"type": "Feature", "properties": {"id": "f-471"}, "geometry": {"type": "LineString", "coordinates": [[106.1, 21.2], [106.15, 21.25]]}}
]}
"""

Spoil = Callable[..., Path]


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """The small registry, as it should be."""
    for name, text in (("province.yaml", PROVINCE), ("network.yaml", NETWORK), ("meters.yaml", METERS), ("shapes.geojson", SHAPES)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def spoil(registry: Path) -> Spoil:
    """Replace a piece of text that stands once in one file; give the directory."""

    def change(file: str, good: str, bad: str) -> Path:
        text = (registry / file).read_text(encoding="utf-8")
        assert text.count(good) == 1, f"{good!r} stands {text.count(good)} times in {file}"
        (registry / file).write_text(text.replace(good, bad), encoding="utf-8")
        return registry

    return change
