"""Units as devices write them, and the vocabulary of quantities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core.quantities import BASE_QUANTITIES, Kind, UnknownQuantityError, is_quantity, quantity
from mainsight.core.units import UnknownUnitError, canonical_of, conversion


@pytest.mark.parametrize(
    ("unit", "canonical", "written", "read"),
    [
        ("MW", "kW", 1.5, 1500),
        ("mW", "kW", 1.5, 1.5e-6),
        ("KWH", "kWh", 2, 2),
        ("MJ", "kWh", 3.6, 1),
        ("l/s", "m3/h", 10, 36),
        ("m3/day", "m3/h", 58_500, 2437.5),
        (" kPa ", "bar", 350, 3.5),
        ("mH2O", "bar", 10.197162, 1.0),
        ("°F", "degC", 212, 100),
        ("K", "degC", 273.15, 0),
        ("", "1", 0.97, 0.97),
        ("Mvar", "kvar", 2, 2000),
        ("mWh", "kWh", 2e6, 2),
        ("ML", "m3", 2, 2000),
        ("MHz", "Hz", 868, 868e6),
        ("Mpa", "bar", 0.5, 5),
    ],
)
def test_conversion_to_the_canonical_unit(unit: str, canonical: str, written: float, read: float) -> None:
    assert conversion(unit, canonical)(written) == pytest.approx(read)


@pytest.mark.parametrize(
    ("unit", "canonical"), [("kWh", "kW"), ("furlong", "m"), ("mw", "kW"), ("mwh", "kWh"), ("Ml", "m3"), ("mva", "kVA"), ("mhz", "Hz")]
)
def test_other_dimensions_and_ambiguous_spellings_are_refused(unit: str, canonical: str) -> None:
    with pytest.raises(UnknownUnitError, match=canonical):
        conversion(unit, canonical)


def test_canonical_units_that_a_spelling_may_mean() -> None:
    assert canonical_of("kWh") == {"kWh"}
    assert canonical_of("m") == {"m", "mm"}
    assert canonical_of("furlong") == frozenset()


@given(st.sampled_from(sorted({unit for unit, _ in BASE_QUANTITIES.values()})), st.floats(-1e9, 1e9))
def test_the_canonical_unit_of_every_quantity_converts_to_itself(unit: str, value: float) -> None:
    assert conversion(unit, unit)(value) == value


@pytest.mark.parametrize(
    ("name", "base", "unit", "kind"),
    [
        ("power", "power", "kW", Kind.GAUGE),
        ("power_l2", "power", "kW", Kind.GAUGE),
        ("energy_import_t1", "energy_import", "kWh", Kind.REGISTER),
        ("pump_running_ch3", "pump_running", "1", Kind.STATUS),
        ("power_l1_ch12", "power", "kW", Kind.GAUGE),
        ("temperature_ambient", "temperature_ambient", "degC", Kind.GAUGE),
    ],
)
def test_quantities_by_full_name(name: str, base: str, unit: str, kind: Kind) -> None:
    found = quantity(name)
    assert (found.name, found.base, found.unit, found.kind) == (name, base, unit, kind)


@pytest.mark.parametrize("name", ["powr", "power_l4", "power_t0", "Power", "", "power_l1x"])
def test_names_outside_the_vocabulary(name: str) -> None:
    assert not is_quantity(name)
    with pytest.raises(UnknownQuantityError):
        quantity(name)


def test_the_nearest_name_is_proposed() -> None:
    with pytest.raises(UnknownQuantityError, match=r"did you mean reactive_power\?"):
        quantity("reactiv_power")
