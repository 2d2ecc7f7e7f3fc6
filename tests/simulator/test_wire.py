"""What each kind of device puts on the wire."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from mainsight.core.network import Network
from mainsight.simulator.wire import Device, WireError

TIME = 1_768_366_800_123
LOCAL = "2026-01-14T12:00:00"


@pytest.fixture
def device(network: Network) -> Callable[[str], Device]:
    return lambda name: Device(network.meters[name], network.id, "Asia/Ho_Chi_Minh")


def test_plain_json(device: Callable[[str], Device]) -> None:
    sent = device("f1-main").live(TIME, {"power": 1234.56789, "voltage": 22012.346, "breaker_closed": 1.0})
    assert sent.topic == "mainsight/small/F1-MAIN"
    assert json.loads(sent.payload) == {"device": "F1-MAIN", "time": TIME, "power_kw": 1234.568, "voltage_v": 22012.35, "breaker_closed": 1}
    assert sent.readings == 3


def test_values_behind_a_ratio_keep_their_digits(device: Callable[[str], Device]) -> None:
    assert json.loads(device("chips").live(TIME, {"power": 0.123456789}).payload)["power_kw"] == 0.123457


def test_plain_json_kept_for_a_day(device: Callable[[str], Device]) -> None:
    sent = device("d1-in").buffered(np.array([TIME, TIME + 1000]), {"flow": np.array([1.5, np.nan]), "pressure": np.array([3.0, 3.25])})
    assert json.loads(sent.payload) == {
        "device": "D1-IN",
        "columns": ["time", "flow_m3_per_h", "pressure_bar"],
        "rows": [[TIME, 1.5, 3.0], [TIME + 1000, None, 3.25]],
    }
    assert sent.readings == 3


def test_line_protocol(device: Callable[[str], Device]) -> None:
    sent = device("pumps-main").live(TIME, {"flow": 120.0, "pressure": 4.5})
    assert (sent.topic, sent.payload) == (
        "lines/PUMPS-MAIN",
        f"meter,device=PUMPS-MAIN flow_m3_per_h=120.0,pressure_bar=4.5 {TIME}000000".encode(),
    )
    kept = device("pumps-main").buffered(np.array([TIME, TIME + 1000]), {"flow": np.array([1.0, np.nan]), "pressure": np.array([2.0, 3.0])})
    assert kept.payload.decode().splitlines()[1] == f"meter,device=PUMPS-MAIN pressure_bar=3.0 {TIME + 1000}000000"


def test_thingsboard_gateway(device: Callable[[str], Device]) -> None:
    sent = device("steel").live(TIME, {"power": 900.0, "reactive_power": 300.0, "energy_import": 5.5})
    assert sent.topic == "v1/gateway/telemetry"
    assert json.loads(sent.payload) == {"STEEL": [{"ts": TIME, "values": {"P": 900.0, "Q": 300.0, "E": 5.5}}]}
    kept = device("steel").buffered(
        np.array([TIME, TIME + 1000]), {"power": np.array([1.0, 2.0]), "energy_import": np.array([np.nan, 3.0])}
    )
    assert json.loads(kept.payload) == {"STEEL": [{"ts": TIME, "values": {"P": 1.0}}, {"ts": TIME + 1000, "values": {"P": 2.0, "E": 3.0}}]}


def test_tasmota_tells_watts_and_its_local_time(device: Callable[[str], Device]) -> None:
    sent = device("gate").live(TIME, {"power": 1.234, "energy_import": 7.5, "power_factor": 0.95})
    assert sent.topic == "tele/GATE/SENSOR"
    assert json.loads(sent.payload) == {"Time": LOCAL, "ENERGY": {"Power": 1234.0, "Total": 7.5, "Factor": 0.95}}
    kept = device("gate").buffered(np.array([TIME]), {"power": np.array([1.0])})
    assert kept.topic == "mainsight/small/GATE"
    assert json.loads(kept.payload)["columns"] == ["time", "power_kw"]


def test_shelly(device: Callable[[str], Device], network: Network, replace_in: Callable[..., Network]) -> None:
    sent = device("pumps-board").live(TIME, {"power": 30.5, "voltage_l2": 231.0, "energy_import": 12.5})
    assert sent.topic == "PUMPS-BOARD/events/rpc"
    told = json.loads(sent.payload)
    assert (told["src"], told["method"]) == ("PUMPS-BOARD", "NotifyStatus")
    assert told["params"] == {
        "ts": TIME / 1000,
        "em:0": {"id": 0, "total_act_power": 30500.0, "b_voltage": 231.0},
        "emdata:0": {"id": 0, "total_act": 12500.0},
    }
    small = replace_in(network, "meters", "gate", protocol="shelly_gen2").meters["gate"]
    told = json.loads(Device(small, "small", "UTC").live(TIME, {"power": 1.0, "energy_import": 2.0}).payload)
    assert told["params"]["pm1:0"] == {"id": 0, "apower": 1000.0, "aenergy": {"total": 2000.0}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"protocol": "tasmota"}, "no field for 'volume'"), ({"protocol": "modbus"}, "protocol 'modbus' is not known")],
)
def test_what_a_format_cannot_carry_is_refused(network: Network, replace_in: Callable[..., Network], changes: dict, says: str) -> None:
    changed = replace_in(network, "meters", "d1-chips", **changes, quantities=("volume",)).meters["d1-chips"]
    with pytest.raises(WireError, match=says):
        Device(changed, "small", "UTC")
