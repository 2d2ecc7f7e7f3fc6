"""OBIS codes of electricity meters (IEC 62056-6-1), DLMS units, and the checksums of meters' own frames."""

from functools import lru_cache
from typing import Final

from collector.normalise import Column, column
from mainsight.core.units import UnknownUnitError

_PHASES: Final = ((20, "_l1"), (40, "_l2"), (60, "_l3"))
_INSTANT: Final = {1: "power", 2: "power_export", 3: "reactive_power_import", 4: "reactive_power_export", 9: "apparent_power"}
_CODES: Final[dict[tuple[int, int], str]] = {
    **{(group, 7): name for group, name in _INSTANT.items()},
    (16, 7): "power",
    (13, 7): "power_factor",
    (14, 7): "frequency",
    **{(offset + 1, 7): f"power{phase}" for offset, phase in _PHASES},
    **{(offset + 2, 7): f"power_export{phase}" for offset, phase in _PHASES},
    **{(offset + 16, 7): f"power{phase}" for offset, phase in _PHASES},
    **{(offset + 11, 7): f"current{phase}" for offset, phase in _PHASES},
    **{(offset + 12, 7): f"voltage{phase}" for offset, phase in _PHASES},
    **{(offset + 13, 7): f"power_factor{phase}" for offset, phase in _PHASES},
}
_REGISTERS: Final = {1: "energy_import", 2: "energy_export"}
_CUMULATIVE: Final = 8
_MAX_TARIFF: Final = 9
UNITS: Final = {27: "W", 28: "VA", 29: "var", 30: "Wh", 32: "varh", 33: "A", 35: "V", 44: "Hz"}
"""DLMS unit codes (IEC 62056-6-2) -> unit."""


@lru_cache(maxsize=4096)
def obis_column(group: int, kind: int, tariff: int, unit: str) -> Column | None:
    """Column of value group C, measurement type D and tariff E of an electricity code (A = 1), in a unit.

    None for codes that are no reading of now (peaks, profiles) and for a unit that is not the quantity's.
    """
    if kind == _CUMULATIVE and group in _REGISTERS and tariff <= _MAX_TARIFF:
        name: str | None = _REGISTERS[group] + (f"_t{tariff}" if tariff else "")
    else:
        name = _CODES.get((group, kind)) if tariff == 0 else None
    if name is None:
        return None
    try:
        return column(name, unit)
    except UnknownUnitError:
        return None


def crc16_x25(data: bytes) -> int:
    """Checksum of HDLC and SML frames (polynomial 0x1021 reflected, start and end inverted)."""
    return _crc16(data, 0xFFFF, 0x8408) ^ 0xFFFF


def crc16_kermit(data: bytes) -> int:
    """Checksum that some meters put into SML frames (polynomial 0x1021 reflected, start 0)."""
    return _crc16(data, 0, 0x8408)


def crc16_arc(data: bytes) -> int:
    """Checksum of P1 telegrams (polynomial 0x8005 reflected, start 0)."""
    return _crc16(data, 0, 0xA001)


def _crc16(data: bytes, start: int, polynomial: int) -> int:
    table = _crc_table(polynomial)
    crc = start
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


@lru_cache(maxsize=2)
def _crc_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ polynomial if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)
