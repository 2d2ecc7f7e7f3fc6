"""How customers of each sector draw power and water: shifts, rest days, Tet, cooling, noise, power factor.

Levels are what load surveys of East Asian industry show in kind (three-shift electronics flat and air-conditioned, garment
in one or two shifts with a lunch dip, metal noisy with a poor power factor); the numbers are this simulator's own.
"""

from dataclasses import dataclass

import numpy as np

from mainsight.core.intervals import FloatArray

SLOT_MIN = 5
"""Resolution of a day's shape, minutes."""

_SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "one": (
        (0, 0.05), (6.5, 0.05), (7.5, 0.85), (8.5, 1.0), (11.4, 0.97), (11.8, 0.62), (12.7, 0.62), (13.2, 0.97),
        (16.2, 0.95), (17.3, 0.40), (19, 0.12), (21, 0.05), (24, 0.05),
    ),
    "two": (
        (0, 0.08), (5.4, 0.08), (6.4, 0.92), (8.5, 1.0), (11.3, 0.98), (11.8, 0.72), (12.5, 0.74), (13.0, 0.97),
        (13.8, 0.86), (14.3, 0.96), (17.6, 0.92), (18.2, 0.72), (18.9, 0.90), (21.5, 0.88), (22.4, 0.20), (23.3, 0.08), (24, 0.08),
    ),
    "three": (
        (0, 0.84), (1.8, 0.82), (2.3, 0.74), (3, 0.82), (5.6, 0.80), (6.1, 0.76), (6.7, 0.94), (9, 1.0), (11.3, 0.99),
        (11.9, 0.86), (12.6, 0.88), (13.2, 0.99), (13.9, 0.92), (14.5, 0.99), (17.5, 0.96), (18.2, 0.86), (19, 0.94),
        (21.6, 0.92), (22.1, 0.82), (22.7, 0.88), (24, 0.84),
    ),
    "street": (
        (0, 0.42), (2, 0.34), (4.5, 0.33), (6, 0.45), (7.5, 0.60), (9.5, 0.70), (11.5, 0.78), (13, 0.66), (15, 0.68),
        (17, 0.80), (18.6, 1.0), (20.5, 0.96), (22, 0.74), (24, 0.42),
    ),
    "household water": (
        (0, 0.22), (2, 0.14), (4, 0.16), (5.5, 0.55), (6.8, 1.0), (8.2, 0.78), (10, 0.62), (11.4, 0.74), (13, 0.52),
        (15, 0.50), (17, 0.80), (18.8, 0.98), (20.5, 0.74), (22.3, 0.42), (24, 0.22),
    ),
}  # fmt: skip
SHAPE_NAMES = tuple(_SHAPES)


def shape_table() -> FloatArray:
    """Activity by time of local day, 0 to 1, shape (shapes, slots of a day)."""
    hours = np.arange(24 * 60 // SLOT_MIN) * (SLOT_MIN / 60)
    corners = [np.array(shape) for shape in _SHAPES.values()]
    return np.array([np.interp(hours, shape[:, 0], shape[:, 1]) for shape in corners])


@dataclass(frozen=True, slots=True)
class Sector:
    """One sector's way to draw power or water.

    Attributes:
        base: share of the peak that runs always (furnaces, clean rooms, standing losses).
        shapes: day's shape -> weight with which customers are drawn.
        saturday, sunday: activity on those days, share of a weekday's.
        tet: share of activity lost when closed for Tet; the base loses half of that.
        cooling: share of the peak that is cooling on the hottest afternoons.
        noise: relative standard deviation of the quarter-hourly load.
        pf_full, pf_low: power factor at full and at low load.

    """

    base: float
    shapes: dict[str, float]
    saturday: float = 1.0
    sunday: float = 0.3
    tet: float = 0.9
    cooling: float = 0.15
    noise: float = 0.03
    pf_full: float = 0.93
    pf_low: float = 0.86


GENERAL = Sector(0.20, {"one": 0.4, "two": 0.4, "three": 0.2}, saturday=0.9)
"""For customers whose sector is not given or not listed."""

SECTORS: dict[str, Sector] = {
    "electronics": Sector(
        0.32, {"three": 0.85, "two": 0.15}, saturday=0.97, sunday=0.72, tet=0.72, cooling=0.24, noise=0.015, pf_full=0.96, pf_low=0.92
    ),
    "solar_cells": Sector(0.40, {"three": 1.0}, sunday=0.90, tet=0.60, cooling=0.20, noise=0.015, pf_full=0.96, pf_low=0.93),
    "textile": Sector(0.12, {"one": 0.35, "two": 0.65}, saturday=0.95, sunday=0.15, tet=0.95, cooling=0.18, noise=0.025),
    "plastics": Sector(0.22, {"two": 0.4, "three": 0.6}, sunday=0.45, tet=0.88, cooling=0.10, noise=0.04, pf_full=0.90, pf_low=0.82),
    "metal": Sector(0.18, {"two": 0.5, "three": 0.5}, sunday=0.40, tet=0.90, cooling=0.04, noise=0.09, pf_full=0.88, pf_low=0.78),
    "food": Sector(0.30, {"two": 0.6, "three": 0.4}, sunday=0.55, tet=0.60, cooling=0.22, noise=0.03),
    "packaging": Sector(0.15, {"two": 0.7, "one": 0.3}, saturday=0.9, sunday=0.2, tet=0.9, cooling=0.10, noise=0.03),
    "chemicals": Sector(0.45, {"three": 1.0}, sunday=0.85, tet=0.60, cooling=0.08, noise=0.02, pf_full=0.92, pf_low=0.88),
    "machinery": Sector(
        0.15, {"one": 0.4, "two": 0.6}, saturday=0.9, sunday=0.2, tet=0.93, cooling=0.10, noise=0.05, pf_full=0.89, pf_low=0.80
    ),
    "logistics": Sector(0.30, {"two": 0.7, "three": 0.3}, sunday=0.5, tet=0.8, cooling=0.25, noise=0.03),
    "wood": Sector(
        0.12, {"one": 0.7, "two": 0.3}, saturday=0.9, sunday=0.15, tet=0.95, cooling=0.05, noise=0.05, pf_full=0.88, pf_low=0.80
    ),
    "commercial": Sector(0.25, {"street": 1.0}, sunday=1.0, tet=0.35, cooling=0.38, noise=0.03, pf_full=0.95, pf_low=0.92),
    "residential": Sector(0.10, {"street": 1.0}, sunday=1.05, tet=0.15, cooling=0.42, noise=0.03, pf_full=0.96, pf_low=0.94),
    "households": Sector(0.05, {"household water": 1.0}, sunday=1.08, tet=0.30, cooling=0.08, noise=0.04),
}
REST_OF_FEEDER: dict[str, tuple[float, Sector]] = {
    "small industry in two shifts": (0.35, Sector(0.20, {"two": 1.0}, saturday=0.96, sunday=0.40, tet=0.85, cooling=0.18, noise=0.02)),
    "small industry in three shifts": (0.40, Sector(0.25, {"three": 1.0}, sunday=0.60, tet=0.80, cooling=0.20, noise=0.02)),
    "homes and shops": (0.25, Sector(0.20, {"street": 1.0}, sunday=1.0, tet=0.30, cooling=0.35, noise=0.02)),
}
"""Small customers without a meter of their own on a feeder: their share of the rest, and how they draw."""
REST_OF_DISTRICT = SECTORS["households"]
"""Households and small users without a meter of their own in a district."""


def sector(name: str | None) -> Sector:
    """Find a sector by the registry's name; `GENERAL` where it is not listed."""
    return SECTORS.get(name or "", GENERAL)
