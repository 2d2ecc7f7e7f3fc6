"""Keys and names that say what they are and in which unit, and those that leave it open."""

import pytest

from collector.keys import evident_key, is_lettered, named_column, unit_key


@pytest.mark.parametrize(
    ("key", "name", "scale"),
    [
        ("power_kw", "power", 1),
        ("power_l2_w", "power_l2", 1e-3),
        ("flow_m3_per_h", "flow", 1),
        ("energy_import_t1_MWh", "energy_import_t1", 1e3),
        ("power_kW", "power", 1),
        ("power_factor", "power_factor", 1),
    ],
)
def test_keys_that_carry_their_unit(key: str, name: str, scale: float) -> None:
    found = unit_key(key)
    assert found is not None
    assert (found.quantity, found.scale) == (name, scale)


@pytest.mark.parametrize(
    ("key", "name", "scale"),
    [
        ("activePower_kW", "power", 1),
        ("Active Power [kW]", "power", 1),
        ("Voltage L1 (V)", "voltage_l1", 1),
        ("currentA", "current", 1),
        ("Temperature (°C)", "temperature", 1),
        ("temperature_c", "temperature", 1),
        ("temperature_degC", "temperature", 1),
        ("Temp Fahrenheit", "temperature", 5 / 9),
        ("temperature_flow_c", "temperature_flow", 1),
        ("Flow (m3/h)", "flow", 1),
        ("EnergyImport_kWh", "energy_import", 1),
    ],
)
def test_keys_that_carry_their_unit_in_other_spellings(key: str, name: str, scale: float) -> None:
    found = evident_key(key)
    assert found is not None
    assert (found.quantity, found.scale) == (name, pytest.approx(scale))


@pytest.mark.parametrize("key", ["Power", "power_mW", "currentmA", "Energy_kWh", "Battery_V", "Total_kWh", "P_kW", "voltage_l1"])
def test_keys_whose_unit_or_quantity_is_not_plain_in_any_spelling(key: str) -> None:
    assert evident_key(key) is None


def test_a_letter_that_others_have_another_of_is_a_phase() -> None:
    assert is_lettered("current_a", {"current_a", "current_b"})
    assert is_lettered("Current (A)", {"Current (C)"})
    assert is_lettered("voltage_v", {"voltage_w"})
    assert not is_lettered("current_a", {"current_a", "voltage_v", "current_n"})


@pytest.mark.parametrize(
    "key",
    ["power", "power_bar", "power_mw", "energy_import_mwh", "kw", "energy_kwh", "", "_kw", "Power_kW", "voltage_l4_v", "temperature_c"],
)
def test_keys_that_do_not(key: str) -> None:
    assert unit_key(key) is None


@pytest.mark.parametrize(
    ("name", "unit", "what", "scale"),
    [
        ("Outlet Temperature", "K", "temperature", 1),
        ("I_Ch_TC_Top_C", None, "temperature", 1),
        ("SupplyVoltage", "kV", "voltage", 1e3),
        ("Voltage L2", "V", "voltage_l2", 1),
        ("Current Power", "kW", "power", 1),
        ("Reactive Power L1", "var", "reactive_power_l1", 1e-3),
        ("Power Factor", "", "power_factor", 1),
        ("Total Active Energy Import", "MWh", "energy_import", 1e3),
        ("Energy Exported", "Wh", "energy_export", 1e-3),
    ],
)
def test_names_that_say_what_they_are(name: str, unit: str | None, what: str, scale: float) -> None:
    found = named_column(name, unit)
    assert found is not None
    assert (found.quantity, found.scale) == (what, scale)


def test_folders_around_a_name_count_where_they_say_that_it_is_something_else() -> None:
    inside = named_column("Voltage", "V", "Meters/L3")
    assert inside is not None
    assert inside.quantity == "voltage_l3"
    assert named_column("Voltage", "V", "Alarm/Limits") is None
    assert named_column("Voltage", "V", "Area B/Power") == named_column("Voltage", "V")


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Temperature", None),
        ("Power", ""),
        ("Power Setpoint", "kW"),
        ("Pressure High", "bar"),
        ("Voltage L1-L2", "V"),
        ("L1L2 Voltage", "V"),
        ("Energy", "kWh"),
        ("Energy Import Today", "kWh"),
        ("Reactive Energy Import", "kvarh"),
        ("Neutral Current", "A"),
        ("Level Pressure", "m3"),
        ("Power", "mwh"),
        ("Active Factor", ""),
        ("Flow L1", "m3/h"),
    ],
)
def test_names_that_may_mean_something_else(name: str, unit: str | None) -> None:
    assert named_column(name, unit) is None
