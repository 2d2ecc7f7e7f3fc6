"""How much each member of the ensemble counts, and when last week again takes over: both by past errors out of sample."""

import numpy as np

from forecast.features import LEADS
from mainsight.core.intervals import FloatArray, IntArray

MERIT_HALF_LIFE_DAYS = 60
SHARPNESS = 4.0
"""A member's weight falls with this power of its mean absolute error."""
GATE_HALF_LIFE_DAYS = 20
GATE_SHARPNESS = 16.0
"""The same of last week again beside the members together: next to nothing while it is worse, nearly all when it is much better."""


def merits(paths: FloatArray, truth: FloatArray, lead: IntArray, age: IntArray, *, half_life: float, sharpness: float) -> FloatArray:
    """Weight of each path at each lead.

    Args:
        paths: shape (members, P, S), what each said of P pairs.
        truth: shape (P, S); cells where it or any path is NaN do not count.
        lead: shape (P,), 1 to 7.
        age: shape (P,), days since then; an error counts half after `half_life` days.
        half_life: days.
        sharpness: power of the error with which the weight falls.

    Returns:
        Shape (members, 7), adding up to 1 over the members; equal where nothing is known.

    """
    error = np.abs(truth - paths)
    known = np.asarray(np.isfinite(error).all(axis=0))
    counted = known * 0.5 ** (age[:, None] / half_life)
    size = (np.where(known, error, 0.0) * counted).sum(axis=2)
    weights = np.full((len(paths), LEADS), 1 / len(paths))
    for at in range(LEADS):
        at_lead = lead == at + 1
        if known[at_lead].any():
            mean = size[:, at_lead].sum(axis=1)
            merit = (mean.min() / np.maximum(mean, 1e-300)) ** sharpness if mean.min() > 0 else (mean == 0).astype(float)
            weights[:, at] = merit / merit.sum()
    return weights


def member_weights(paths: FloatArray, truth: FloatArray, lead: IntArray, age: IntArray) -> FloatArray:
    """Weights of the members, as `merits`."""
    return merits(paths, truth, lead, age, half_life=MERIT_HALF_LIFE_DAYS, sharpness=SHARPNESS)


def gate(together: FloatArray, last_week: FloatArray, truth: FloatArray, lead: IntArray, age: IntArray) -> FloatArray:
    """Share of last week again at each lead, shape (7,): so that a plant that stopped is not forecast to run for weeks.

    Args:
        together: shape (P, S), what the members together said.
        last_week: shape (P, S).
        truth: as in `merits`.
        lead: likewise.
        age: likewise.

    """
    both = np.stack([together, last_week])
    share: FloatArray = merits(both, truth, lead, age, half_life=GATE_HALF_LIFE_DAYS, sharpness=GATE_SHARPNESS)[1]
    return share


def weighted_median(said: FloatArray, weight: FloatArray) -> FloatArray:
    """Median over members, interpolated between their values; of two members their weighted mean.

    One member that is far off, as a recursion after a shut-down may be, cannot pull it along.

    Args:
        said: shape (members, P, S); NaN in any gives NaN.
        weight: shape (members, P), adding up to 1 over the members.

    Returns:
        Shape (P, S).

    """
    order = np.argsort(said, axis=0)
    value = np.take_along_axis(said, order, axis=0)
    share = np.take_along_axis(np.broadcast_to(weight[:, :, None], said.shape), order, axis=0)
    middle = np.cumsum(share, axis=0) - share / 2
    result = value[0]
    for low in range(len(said) - 1):
        between = np.clip((0.5 - middle[low]) / np.maximum(middle[low + 1] - middle[low], 1e-12), 0.0, 1.0)
        result = result + between * (value[low + 1] - value[low])
    return np.where(np.isnan(said).any(axis=0), np.nan, result)
