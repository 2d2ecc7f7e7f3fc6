# ruff: noqa: E501  # one mistake a line is a table
"""From files to the network; and every kind of mistake told with file, line, key and mend."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mainsight.core.network import Role, SeasonalRating, Text
from mainsight.registry.reading import RegistryError, load_network


def problems(directory: Path) -> list[str]:
    """Problems of a registry, without the directory before each."""
    with pytest.raises(RegistryError) as caught:
        load_network(directory)
    return str(caught.value).replace(f"{directory}/", "").splitlines()


def test_a_good_registry_becomes_the_network(registry: Path) -> None:
    network = load_network(registry)
    assert (network.id, network.as_of, network.name.vi) == ("here", date(2026, 11, 1), "Đây")
    assert network.zones["north"].timezone == "Asia/Ho_Chi_Minh"
    assert network.zones["north"].boundary[0][0] == (106.0, 21.1)
    assert network.transformers["t1"].seasons == (SeasonalRating((5, 1), (8, 31), 0.95),)
    assert network.feeders["f-471"].path == ((106.1, 21.2), (106.15, 21.25))
    assert network.reservoirs["tank"].usable_m3 == 1500
    tariff = network.zones["north"].tariff
    assert tariff is not None
    assert (tariff.id, tariff.changes()) == ("three", (date(2026, 4, 22),))
    assert (tariff.hours[0].peak[0].weekdays, tariff.hours[0].off_peak[0].weekdays) == (tuple(range(6)), tuple(range(7)))
    assert network.supply_orders["cap"].quota == 40, "40,000 kW are 40 MW"
    assert network.supply_orders["cap"].start.utcoffset() is not None


def test_meters_take_from_their_type_what_they_do_not_say(registry: Path) -> None:
    meters = load_network(registry).meters
    assert (meters["m1"].role, meters["m1"].quantities, meters["m1"].limits) == (Role.MAIN, ("power", "voltage"), {"power": (-10, 20000)})
    assert meters["m1"].name == Text("Lộ 471", "Feeder 471"), "a meter without a name has its asset's"
    assert meters["m3"].name == Text("d, áp lực", "District, pressure")
    assert (meters["m3"].reports_s, meters["m1"].reports_s, meters["m1"].protocol) == (60, 900, "json")
    assert (meters["m2"].name.en, meters["m2"].protocol, meters["m2"].ratios[-1].factor) == ("Works", "thingsboard", 16000)


# fmt: off
MISTAKES = [
    ("province.yaml", "tariff: three", "tariff: thre", "province.yaml:12: tariff: there is no tariff 'thre'; did you mean three?"),
    ("province.yaml", "    position: [106.1", "    tariff: dma\n    position: [106.1", "zones.0.tariff: dma is a dma, not a tariff"),
    ("network.yaml", 'start: "09:30"', "start: 9:30", "tariffs.0.hours.0.peak.0.start: '9:30' is not a time of day; write one such as"),
    ("network.yaml", 'start: "09:30"', "start: 09h30", "tariffs.0.hours.0.peak.0.start: '09h30' is not a time of day"),
    ("network.yaml", 'end: "11:30"', 'end: "25:00"', "tariffs.0.hours.0.peak.0.end: '25:00' is not a time of day"),
    ("network.yaml", "[mon, tue", "[monday, tue", "'monday' is not known here; did you mean mon?"),
    ("network.yaml", 'start: "09:30"', 'start: "02:30"', "tariffs.0.hours.0: mon 02:30 is both peak and off-peak; leave it in one"),
    (
        "network.yaml",
        "since: 2026-04-22,",
        'since: 2026-04-22, peak: [{start: "05:00", end: "07:00"}],',
        "tariffs.0.hours.1: mon 05:00 is both peak and off-peak; leave it in one",
    ),
    ("network.yaml", "since: 2026-04-22", "since: 2013-04-22", "tariffs.0: its hours do not stand in order of since; write the earliest first"),
    ("province.yaml", "timezone: Asia/Ho_Chi_Minh", "timezone: Asia/Hochiminh", "province.yaml:4: timezone: 'Asia/Hochiminh' is not a time zone"),
    ("province.yaml", "as_of: 2026-11-01", "as_of: 2026-11-31", "province.yaml:3: as_of: "),
    ("province.yaml", "as_of: 2026-11-01", "as_of: 20261101", "province.yaml:3: as_of: 20261101 is not a date; write one such as"),
    ("province.yaml", "id: here", "id: Here!", "province.yaml:1: id: 'Here!' is not an id; use 1 to 63 of a-z"),
    ("province.yaml", "country: VN", "country: Vietnam", "province.yaml:5: country"),
    ("province.yaml", "[106.1, 21.2]", "[21.2, 106.1]", "zones.0.position: [21.2, 106.1] is not on Earth; longitude comes first: swap them"),
    ("province.yaml", "[106.1, 21.2]", "[206.1, 21.2]", "zones.0.position: [206.1, 21.2] is not on Earth; write [longitude, latitude]"),
    ("province.yaml", "meters.yaml]", "meter.yaml]", "meter.yaml: cannot be read: No such file"),
    ("province.yaml", "meters.yaml]", "../meters.yaml]", "province.yaml:6: files.1: '../meters.yaml' is outside"),
    ("province.yaml", "meters.yaml]", "network.yaml]", "province.yaml:6: files.1: 'network.yaml' is named twice; keep one"),
    ("province.yaml", "country: VN", "contry: VN", "province.yaml:5: contry: is an unknown key; did you mean country?"),
    ("network.yaml", "rated_mva: 63", "rated_mwa: 63", "network.yaml:7: transformers.0.rated_mwa: is an unknown key; did you mean rated_mva?"),
    ("network.yaml", "rated_mva: 63", "rated_mva: '63'", "network.yaml:7: transformers.0.rated_mva: '63' is not a number; write a number"),
    ("network.yaml", "rated_mva: 63", "rated_mva: .nan", "network.yaml:7: transformers.0.rated_mva: nan: "),
    ("network.yaml", "rated_mva: 63", "rated_mva: true", "network.yaml:7: transformers.0.rated_mva: True is not a number"),
    ("network.yaml", "rated_mva: 63", "rated_mva: -63", "network.yaml:7: transformers.0.rated_mva: -63: input should be greater than 0"),
    ("network.yaml", "    rated_mva: 63\n", "", "network.yaml:4: transformers.0.rated_mva: is missing; add it"),
    ("network.yaml", "hv_kv: 110", "hv_kv: 11", "network.yaml:4: transformers.0: lv_kv 22 is not below hv_kv 11; swap them"),
    ("network.yaml", "start: 05-01", "start: 05-32", "transformers.0.seasons.0.start: '05-32' is not a day of the year; write month-day"),
    ("network.yaml", "feeders:", "feaders:", "network.yaml:11: feaders: is an unknown key here; did you mean feeders?"),
    ("network.yaml", "transformer: t1", "transformer: t2", "network.yaml:12: feeders.0.transformer: there is no transformer 't2'; did you mean t1?"),
    ("network.yaml", "transformer: t1", "transformer: sub", "network.yaml:12: feeders.0.transformer: sub is a substation, not a transformer"),
    ("network.yaml", "id: tank", "id: pumps", "network.yaml:18: reservoirs.0.id: pumps is already the id of a pump_station, at network.yaml:16"),
    ("network.yaml", "source: plant", "source: tank", "network.yaml:16: pump_stations.0.source: feeds itself: pumps <- tank <- pumps"),
    ("network.yaml", "source: plant", "source: pumps", "network.yaml:16: pump_stations.0.source: pumps names itself"),
    ("network.yaml", "level_max_m: 4", "level_max_m: 0.5", "reservoirs.0: level_min_m 1 is not below level_max_m 0.5; swap them"),
    ("network.yaml", "unit: kW", "unit: m3/h", "supply_orders.0: unit 'm3/h' is not one of kW's"),
    ("network.yaml", "zones: [north]", "zones: [nort]", "supply_orders.0.zones.0: there is no zone 'nort'; did you mean north?"),
    ("network.yaml", "end: 2026-06-10T16:00:00+07:00", "end: 2026-06-10T16:00:00", "supply_orders.0.end"),
    ("network.yaml", "end: 2026-06-10T16:00:00+07:00", "end: 2026-06-10T11:00:00+07:00", "supply_orders.0: ends before it starts"),
    ("meters.yaml", "asset: f-471, type", "asset: f-472, type", "meters.yaml:5: meters.0.asset: there is no asset 'f-472'; did you mean f-471?"),
    ("meters.yaml", "type: feeder", "type: feder", "meters.yaml:5: meters.0.type: there is no meter type 'feder'; did you mean feeder?"),
    ("meters.yaml", "device: DEV-2", "device: DEV-1", "meters.yaml:7: meters.1.device: DEV-1 is already the device of a meter, at meters.yaml:5"),
    ("meters.yaml", "[power, energy_import]", "[power, enrgy_import]", "meters.1.quantities.1: unknown quantity 'enrgy_import'; did you mean energy_import?"),
    ("meters.yaml", "role: sub", "role: sup", "meters.yaml:9: meters.1.role: 'sup' is not known here; did you mean sub?"),
    ("meters.yaml", "    role: sub\n", "", "meters.yaml:6: meters.1: has no role; add it here or to its type"),
    ("meters.yaml", "protocol: thingsboard", "protocol: thingsbord", "meters.1.protocol: 'thingsbord' is not a known protocol; did you mean thingsboard?"),
    ("meters.yaml", "valid_from: 2026-10-27", "valid_from: 2020-10-27", "meters.1.ratios: 2020-10-27 comes after 2021-01-01; write the ratios in order"),
    ("meters.yaml", "limits: {power: [-10, 20000]}", "limits: {power: [20000, -10]}", "limits: power: 20000 is not below -10; write [least, greatest]"),
    ("meters.yaml", "contracted: 4000", "limits: {flow: [0, 1]}", "meters.1.limits.flow: limits flow, which it does not send"),
    ("meters.yaml", "id: m2", "id: 2", "meters.yaml:6: meters.1.id: 2 is not text; put it in quotes"),
    ("meters.yaml", "    device: DEV-2\n", "    device: DEV-2\n    device: DEV-9\n", "meters.yaml:8: meters.1.device: is given twice, first on line 7"),
    ("meters.yaml", "    device: DEV-2", "\tdevice: DEV-2", "meters.yaml:7: a tab stands where YAML wants spaces; indent with spaces"),
    ("shapes.geojson", "[106.2, 21.3], [106.0, 21.1]]", "[106.2, 21.3], [106.0, 21.2]]", "the ring is not closed; end it with its first position [106.0, 21.1]"),
    ("shapes.geojson", "[106.2, 21.3]", "[21.3, 106.2]", "shapes.geojson:3: features.0.geometry.coordinates.0.2: [21.3, 106.2] is not on Earth; longitude"),
    ("shapes.geojson", "[106.2, 21.1], [106.2, 21.3], ", "", "a ring of 2 positions; a ring has four or more"),
    ("shapes.geojson", '"f-471"', '"f-477"', "features.1.properties.id: a path for 'f-477', and there is no feeder of that id; did you mean f-471?"),
    ("shapes.geojson", '"f-471"', '"north"', "north has a shape already, at shapes.geojson:2; keep one"),
    ("shapes.geojson", '"LineString"', '"MultiPoint"', "'MultiPoint' is not a shape used here"),
    ("shapes.geojson", '"FeatureCollection"', '"Topology"', "shapes.geojson:1: is not a GeoJSON FeatureCollection"),
]
# fmt: on
"""File, what stands in it, what is written instead, and a part of the problem told."""


@pytest.mark.parametrize(("file", "good", "bad", "told"), MISTAKES, ids=[mistake[3][:60] for mistake in MISTAKES])
def test_a_mistake_is_told_with_its_place(spoil: Callable[..., Path], file: str, good: str, bad: str, told: str) -> None:
    found = problems(spoil(file, good, bad))
    assert any(told in text for text in found), found
    assert len(found) <= 2, found


def test_all_problems_of_all_files_come_at_once_in_order(spoil: Callable[..., Path]) -> None:
    spoil("province.yaml", "position: [106.1, 21.2]", "position: [106.1]")
    spoil("province.yaml", "country: VN", "country: Vietnam")
    spoil("network.yaml", "zone: north, kv: 22, rated_mva: 15", "zone: south, kv: 22, rated_mva: much")
    directory = spoil("meters.yaml", "type: pressure", "type: presure")
    assert [text.split(": ")[:2] for text in problems(directory)] == [
        ["meters.yaml:19", "meters.2.type"],
        ["network.yaml:12", "feeders.0.rated_mva"],
        ["network.yaml:12", "feeders.0.zone"],
        ["province.yaml:5", "country"],
        ["province.yaml:11", "zones.0.position"],
    ]


def test_a_file_that_cannot_be_read_does_not_make_its_things_missing(registry: Path) -> None:
    (registry / "network.yaml").write_text("feeders: [", encoding="utf-8")
    found = problems(registry)
    assert len(found) == 1
    assert found[0].startswith("network.yaml:1: is not YAML")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1]", b"files: 3"])
def test_a_root_file_that_holds_something_else(registry: Path, content: bytes) -> None:
    (registry / "province.yaml").write_bytes(content)
    assert all(text.startswith("province.yaml") for text in problems(registry))


def test_lists_that_are_no_lists(registry: Path) -> None:
    (registry / "network.yaml").write_text("feeders: {id: x}\n", encoding="utf-8")
    assert "network.yaml:1: feeders: is not a list; begin each item with -" in problems(registry)
    (registry / "network.yaml").write_text("- a\n", encoding="utf-8")
    assert any(text.startswith("network.yaml:1: does not hold keys with values") for text in problems(registry))


def test_a_directory_without_a_registry(tmp_path: Path) -> None:
    assert problems(tmp_path) == ["province.yaml: cannot be read: No such file or directory; check the path and the permissions"]
