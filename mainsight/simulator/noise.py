"""Random numbers that are functions of (seed, name, index): the same whatever is asked before, after or beside them."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray

KeyArray = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53
_UNIT_VARIANCE = 3.0**0.5


def key(seed: int, *parts: str) -> int:
    """Give the 64-bit key of a named stream of random numbers."""
    text = "\x1f".join((str(seed), *parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def keys(seed: int, names: list[str], purpose: str) -> KeyArray:
    """Keys of many streams, shape (n,)."""
    return np.array([key(seed, purpose, name) for name in names], dtype=np.uint64)


def uniform(stream: KeyArray, index: IntArray) -> FloatArray:
    """Uniform numbers in [0, 1), shape (n, m), for n streams at m whole indices (SplitMix64 of key plus counter)."""
    with np.errstate(over="ignore"):
        mixed = stream[:, None] + index.astype(np.uint64)[None, :] * _STEP
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
        mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)) * _TO_UNIT, dtype=np.float64)


def one(seed: int, *parts: str) -> float:
    """One uniform number in [0, 1) by name."""
    return float(uniform(np.array([key(seed, *parts)], np.uint64), np.zeros(1, np.int64))[0, 0])


def wander(stream: KeyArray, position: FloatArray | IntArray, period: int) -> FloatArray:
    """Noise that wanders: random values at every multiple of `period`, straight lines between, shape (n, m).

    Bounded by +-1.73, of unit variance at its corners. Positions, shape (m,), ascend; they need not be whole.
    """
    corner = np.floor_divide(position, period).astype(np.int64)
    first = int(corner[0])
    corners = (uniform(stream, np.arange(first, int(corner[-1]) + 2, dtype=np.int64)) * 2 - 1) * _UNIT_VARIANCE
    before = corners[:, corner - first]
    return np.asarray(before + (corners[:, corner - first + 1] - before) * (position / period - corner), dtype=np.float64)
