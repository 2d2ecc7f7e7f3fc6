"""Names that say what they are: keys with their unit, as in our own JSON (`power_kw`, `voltage_l1_v`), and plain words."""

import re
from collections.abc import Container
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from collector.normalise import Column, column
from mainsight.core.quantities import BASE_QUANTITIES, Kind, is_quantity, quantity
from mainsight.core.units import UnknownUnitError

_UNITS: Final[dict[str, str]] = {
    "w": "W",
    "kw": "kW",
    "megawatt": "MW",
    "var": "var",
    "kvar": "kvar",
    "mvar": "Mvar",
    "va": "VA",
    "kva": "kVA",
    "mva": "MVA",
    "v": "V",
    "kv": "kV",
    "a": "A",
    "ka": "kA",
    "hz": "Hz",
    "wh": "Wh",
    "kwh": "kWh",
    "varh": "varh",
    "kvarh": "kvarh",
    "mvarh": "Mvarh",
    "m3": "m3",
    "l": "l",
    "m3_per_h": "m3/h",
    "m3h": "m3/h",
    "lpm": "l/min",
    "l_per_s": "l/s",
    "l_per_min": "l/min",
    "l_per_h": "l/h",
    "bar": "bar",
    "mbar": "mbar",
    "kpa": "kPa",
    "psi": "psi",
    "m": "m",
    "cm": "cm",
    "mm": "mm",
    "degc": "degC",
    "degf": "degF",
    "mg_per_l": "mg/L",
    "ntu": "NTU",
    "percent": "%",
    "w_per_m2": "W/m2",
    **{unit: unit for unit in ("W", "kW", "MW", "VA", "kVA", "MVA", "V", "kV", "A", "kA", "Hz", "Wh", "kWh", "MWh")},
}
"""Spelling at the end of a key -> unit. `mw` and `mwh` are left out: they may be thousandths (Shelly sends mWh)."""
_UNITLESS: Final = frozenset(name for name, (unit, _) in BASE_QUANTITIES.items() if unit == "1")
_LONGEST_KEY: Final = 80


def unit_key(key: str) -> Column | None:
    """Column of a key that ends in its unit (or needs none); None when quantity or unit is not in it."""
    return _unit_key(key) if len(key) <= _LONGEST_KEY else None


@lru_cache(maxsize=8192)
def _unit_key(key: str) -> Column | None:
    if is_quantity(key):
        what = quantity(key)
        return column(key, "1") if what.kind is Kind.STATUS or what.base in _UNITLESS else None
    parts = key.split("_")
    for size in (1, 2, 3):  # words the unit takes: kw, mg_per_l
        name, spelling = "_".join(parts[:-size]), "_".join(parts[-size:])
        unit = _UNITS.get(spelling)
        if unit is None or not is_quantity(name):
            continue
        try:
            return column(name, unit)
        except UnknownUnitError:
            continue
    return None


_KEY_WORDS: Final = re.compile(r"[\W_]+|(?<=[a-z][a-z])(?=[A-Z])")
_THOUSANDTH: Final = re.compile(r"(?:^|[\W_]|[a-z])m(?:W|V|A|Hz)")
_PHASES_OF: Final = "PH"
"""Some write so how many phases there are; `pH` and `ph` are the water's."""
_SPELLINGS: Final = {
    "active_power": "power",
    "flow_rate": "flow",
    "flowrate": "flow",
    "temp": "temperature",
    "freq": "frequency",
    "water_level": "level",
    "import_energy": "energy_import",
    "export_energy": "energy_export",
}
_SPELLED: Final = re.compile(rf"(?:{'|'.join(_SPELLINGS)})(?=_|\Z)")
_FIRST_WORD: Final = re.compile(r"[\W_]*([A-Z]?[a-z]+|[A-Z]+)")
_FIRST_WORDS: Final = {name.partition("_")[0] for name in (*BASE_QUANTITIES, *_SPELLINGS)}
_DEGREES: Final = re.compile(r"(temperature(?:_(?!deg)[a-z]+)?)_(?:deg_?)?([cf])(?:elsius|ahrenheit)?", re.ASCII)


def evident_key(key: str) -> Column | None:
    """Column of a key that says its unit in whatever spelling: `power_kw`, `activePower_kW`, `Voltage L1 (V)`, `temperature_c`."""
    found = unit_key(key)
    first = _FIRST_WORD.match(key) if found is None and len(key) <= _LONGEST_KEY else None
    return found if first is None or first[1].lower() not in _FIRST_WORDS else _respelt(key)


def canonical_key(key: str) -> str:
    """A key in our own spelling, as far as it is known."""
    spelt = "_".join(word for word in _KEY_WORDS.split(key) if word).lower()
    known = _SPELLED.match(spelt)
    spelt = spelt if known is None else _SPELLINGS[known[0]] + spelt[known.end() :]
    degrees = _DEGREES.fullmatch(spelt)
    if degrees is not None:
        return f"{degrees[1]}_deg{degrees[2]}"
    return "flow_m3h" if spelt == "flow_m3_h" else spelt


@lru_cache(maxsize=8192)
def _respelt(key: str) -> Column | None:
    return None if key == _PHASES_OF or _THOUSANDTH.search(key) else unit_key(canonical_key(key))


_LETTER: Final = re.compile(r"(.*(?:[\W_]|[a-z](?=[A-Z])))([abcuvwrst])([\W_]?)", re.IGNORECASE | re.DOTALL)
_LETTERS: Final = ("abc", "uvw", "rst")


def is_lettered(key: str, keys: Container[str]) -> bool:
    """Whether another key differs in its last letter alone (`current_a`, `current_b`): that letter is a phase's, no unit."""
    found = _LETTER.fullmatch(key)
    if found is None:
        return False
    stem, letter, end = found.groups()
    others = next(letters for letters in _LETTERS if letter.lower() in letters)
    return any(stem + (other.upper() if letter.isupper() else other) + end in keys for other in others if other != letter.lower())


_QUANTITY_WORDS: Final = {
    **{word: word for word in ("power", "voltage", "current", "frequency", "temperature", "pressure", "flow", "level")},
    "temp": "temperature",
    "tc": "temperature",
    "flowrate": "flow",
}
_KINDS_OF_POWER: Final = {"reactive": "reactive_power", "apparent": "apparent_power", "factor": "power_factor"}
_REGISTERS: Final = {
    "import": "energy_import",
    "imported": "energy_import",
    "export": "energy_export",
    "exported": "energy_export",
}
_OF_REGISTERS: Final = frozenset({"energy", "active", "total", "register", "meter", "electricity", "kwh", "wh", *_REGISTERS})
_PHASES: Final = frozenset({"l1", "l2", "l3"})
_NO_PHASES: Final = frozenset({"frequency", "temperature", "pressure", "flow", "level"})
"""Quantities where L1 is a line, a level or a loop rather than a phase."""
_MISLEADING: Final = frozenset(
    {"set", "setpoint", "sp", "limit", "alarm", "trip", "target", "nominal", "rated", "demand", "command", "cmd", "reference", "ref"}
    | {"max", "min", "maximum", "minimum", "high", "low", "hi", "lo", "peak", "avg", "average", "difference", "diff", "delta", "offset"}
    | {"total", "export", "exported", "produced", "returned", "import", "imported", "today", "yesterday", "forecast"}
    | {"battery", "batt", "cpu", "air", "barometric", "neutral", "ground", "earth", "leakage", "thd", "harmonic", "unbalance"}
    | {"phase", "a", "b", "c", "r", "s", "t", "ll", "ln", "l1l2", "l2l3", "l3l1", "l12", "l23", "l31", "ab", "bc", "ca"}
)
"""Words that make a name something else than a plain reading of now."""
_WORDS: Final = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


def named_column(name: str, unit: str | None = None, within: str = "") -> Column | None:
    """Column of a free name with words for the quantity (`Outlet Temperature`) and a unit, or with the unit in it (`TC_Top_C`).

    One of L1, L2, L3 makes it a phase's; energy is a register where the name says `import` or `export`. None where quantity
    or unit is not plain, or another word says that it is not a plain reading of now. Of the folders that a name is within
    only words for phases, set-points, limits and the like count.
    """
    if max(len(name), len(within), len(unit or "")) > _LONGEST_KEY:
        return None
    phases = _phases_within(within)
    return None if phases is None else _named_column(name, unit, phases)


@lru_cache(maxsize=8192)
def _phases_within(folders: str) -> frozenset[str] | None:
    """Phases that folders speak of; None where another word of theirs misleads. Apart from names, for they repeat in many folders."""
    words = _words(folders)
    return None if _misleads({word for word in words if len(word) > 1}) else words & _PHASES


@lru_cache(maxsize=8192)
def _named_column(name: str, unit: str | None, around: frozenset[str]) -> Column | None:
    if unit is None:
        head, _, unit = name.replace(" ", "_").rpartition("_")
        name = head
    words = _words(name)
    phases = (words | around) & _PHASES
    if not words or len(phases) > 1:
        return None
    suffix = "".join(f"_{phase}" for phase in phases)
    fitting = [found for what in _quantities(words - _PHASES) if (found := _fitting(what + suffix, unit)) is not None]
    return fitting[0] if len(fitting) == 1 else None


def _misleads(words: AbstractSet[str]) -> bool:
    return any(word in _MISLEADING or (word[-1] == "s" and len(word) > 2 and word[:-1] in _MISLEADING) for word in words)


def _words(text: str) -> frozenset[str]:
    return frozenset(map(str.lower, filter(None, _WORDS.split(text))))


def _quantities(words: AbstractSet[str]) -> list[str]:
    """Quantities that the words of a name may mean."""
    if "energy" in words:
        directions = {_REGISTERS[word] for word in words if word in _REGISTERS}
        return list(directions) if words <= _OF_REGISTERS and len(directions) == 1 else []
    if _misleads(words):
        return []
    if not words.isdisjoint(_KINDS_OF_POWER):
        return [kind for word, kind in _KINDS_OF_POWER.items() if word in words] if "power" in words else []
    return list({_QUANTITY_WORDS[word] for word in words if word in _QUANTITY_WORDS})


def _fitting(what: str, unit: str) -> Column | None:
    base, phase, _ = what.rpartition("_l")
    if (not unit and (base or what) not in _UNITLESS) or (phase and base in _NO_PHASES):
        return None
    try:
        return column(what, unit)
    except UnknownUnitError:
        return None
