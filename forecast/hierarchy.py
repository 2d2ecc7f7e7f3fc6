"""Parts and wholes: which targets add up to which, and forecasts made to agree with one another.

A target is a whole when its meters are exactly those of some smaller targets: a zone of its feeders or districts, the province
of its zones, a substation of its transformers. Where the meters differ (a transformer's head meter and its feeders') losses lie
between them, and nothing is made to agree.

Medians are reconciled by weighted least squares (Wickramasinghe et al. 2019, "MinT" with a diagonal of variances): of all sets of
medians that add up, the one nearest to what was forecast, where a distance counts less the larger the target's errors are. Each
target's other quantiles move along with its median. They do not add up, and should not: the P90 of a sum is less than the sum of
P90s unless all parts are high at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.calendar import BoolArray
from forecast.targets import Target
from mainsight.core.intervals import FloatArray
from mainsight.core.readings import Series


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Targets of one quantity that are parts and wholes of each other.

    Attributes:
        targets: parts first.
        sums: shape (targets, parts): 1 where a part belongs to a target; the first rows are the parts themselves.

    """

    targets: tuple[Target, ...]
    sums: FloatArray

    @property
    def parts(self) -> int:
        """Number of targets that have no parts themselves."""
        return int(self.sums.shape[1])


def hierarchies(targets: Sequence[Target]) -> tuple[Hierarchy, ...]:
    """Find what adds up to what, a quantity at a time; targets that are neither part nor whole are in none."""
    quantities = dict.fromkeys(target.quantity for target in targets)
    found = (_of([target for target in targets if target.quantity == quantity]) for quantity in quantities)
    return tuple(one for one in found if one is not None)


def _of(targets: Sequence[Target]) -> Hierarchy | None:
    parts: list[Target] = []
    wholes: list[tuple[Target, list[Target]]] = []
    for target in sorted(targets, key=lambda one: (len(_meters(one)), one.id)):
        inside = [part for part in parts if _meters(part) <= _meters(target)]
        if inside and _make_up(inside, target):
            wholes.append((target, inside))
        else:  # what lies inside does not make it up, so that it is a part itself, and they are none of any larger whole
            parts = [part for part in parts if part not in inside] + [target]
            wholes = [(whole, of) for whole, of in wholes if not set(map(id, of)) & set(map(id, inside))]
    used = [part for part in parts if any(part in of for _, of in wholes)]
    if not wholes:
        return None
    rows = [[float(part is other) for other in used] for part in used]
    rows += [[float(any(part is other for other in of)) for part in used] for _, of in wholes]
    return Hierarchy((*used, *(whole for whole, _ in wholes)), np.array(rows))


def _make_up(inside: Sequence[Target], target: Target) -> bool:
    """Whether parts have all meters of a target, each once."""
    union = frozenset[Series]().union(*(_meters(part) for part in inside))
    return union == _meters(target) and sum(len(_meters(part)) for part in inside) == len(union)


def _meters(target: Target) -> frozenset[Series]:
    return frozenset((*target.gauges, *target.registers))


def coherent(medians: FloatArray, variance: FloatArray, sums: FloatArray, nonnegative: BoolArray) -> FloatArray:
    """Medians that add up, nearest to those given.

    Args:
        medians: shape (targets, h), finite.
        variance: shape (targets,), of each target's errors, positive.
        sums: as in `Hierarchy`.
        nonnegative: shape (targets,): parts that cannot be below 0; wholes follow.

    Returns:
        Shape (targets, h): rows of wholes are the sums of their parts' rows.

    """
    weighted = sums.T / variance
    parts = np.linalg.solve(weighted @ sums, weighted @ medians)
    parts = np.where(nonnegative[: len(parts), None], np.maximum(parts, 0.0), parts)
    result: FloatArray = sums @ parts
    return result
