"""Parameters of validation and estimation by class of meter, out of `metering.yaml` of the registry."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from mainsight.core.network import Meter, Network, Role, Utility
from mainsight.core.quantities import BASE_QUANTITIES, quantity
from mainsight.registry.fields import Number, Positive, Strictly, Whole
from mainsight.registry.positions import load_yaml
from mainsight.registry.problems import ProblemsError
from mainsight.registry.validation import validate

FILE = "metering.yaml"


class Checks(Strictly):
    """What is asked of a series. None switches a rule off for the class."""

    spike: Positive | None = None
    """V9: excess over the third-highest interval; 1.8 is 180 %."""
    step: Positive | None = None
    """V10: greatest change between intervals, as a share of the third-highest of the days about."""
    static: Annotated[Whole, Field(ge=3)] | None = None
    """V11: so many equal intervals that are not zero."""
    zero: Annotated[Number, Field(ge=0, lt=1)] | None = None
    """V12: a zero is looked at where like days were above this share of the third-highest, or never below a tenth of it."""
    history: Positive | None = None
    """V13: share beyond like days' greatest, and as many times less than their least, past how far they scatter."""
    sums: Positive | None = None
    """V14: share that may lie between a gauge's hour and its register's."""
    balance: Positive | None = None
    """V16: share of a parent that its children may be off; half of it between a meter and its check meter."""
    electrical: Positive | None = None
    """V17: share that may lie between kVA told and computed."""
    sentinels: tuple[Number, ...] = ()
    """V6: readings that stand for "no value"."""
    clock_s: Positive = 60.0
    """V4: how far ahead of its arrival a reading may be."""
    like_days: bool = True
    """E3 and E5: whether days are alike; false leaves gaps of more than an hour missing."""
    estimated_h: Annotated[Whole, Field(ge=1)] = 72
    """V19: after so many hours a row of estimates is told to be too long."""
    longest_h: Annotated[Whole, Field(ge=1, le=168)] = 168
    """Longer gaps stay missing."""


class Class(Strictly):
    """Meters and quantities, and what is asked of them besides what is asked of all. What is not named does not matter."""

    name: str = Field(min_length=1)
    kinds: tuple[str, ...] = ()
    """Kinds of asset: feeder, dma, pump_station ..."""
    roles: tuple[Role, ...] = ()
    utilities: tuple[Utility, ...] = ()
    quantities: tuple[str, ...] = ()
    """Base names of quantities."""
    meters: tuple[str, ...] = ()
    """Ids of meters."""
    checks: Checks

    @model_validator(mode="after")
    def _known_quantities(self) -> "Class":
        unknown = set(self.quantities) - BASE_QUANTITIES.keys()
        if unknown:
            raise ValueError(f"there is no quantity {', '.join(sorted(unknown))}; write base names of the vocabulary, such as power")
        return self

    def holds(self, meter: Meter, kind: str, name: str) -> bool:
        """Whether a quantity of a meter is of this class."""
        asked = (
            (self.kinds, kind),
            (self.roles, meter.role),
            (self.utilities, meter.utility),
            (self.quantities, quantity(name).base),
            (self.meters, meter.id),
        )
        return all(not wanted or found in wanted for wanted, found in asked)


class Parameters(Strictly):
    """All classes; of those that hold a series each says more than the ones before."""

    all: Checks = Checks()
    classes: tuple[Class, ...] = ()

    def checks(self, network: Network, meter: Meter, name: str) -> Checks:
        """What is asked of a quantity of a meter."""
        kind = network.kind(meter.asset)
        return overlaid([self.all, *(one.checks for one in self.classes if one.holds(meter, kind, name))])


def overlaid(layers: Iterable[Checks]) -> Checks:
    """The last word on each parameter."""
    said: dict[str, object] = {}
    for layer in layers:
        said |= {name: getattr(layer, name) for name in layer.model_fields_set}
    return Checks.model_validate(said)


def load_parameters(path: Path) -> Parameters:
    """Read parameters from a YAML file; the defaults, which ask nothing, where there is none.

    Raises:
        ProblemsError: with every problem: file, line, key, what is wrong, how to mend.

    """
    if not path.exists():
        return Parameters()
    found, problems = validate(Parameters, load_yaml(path))
    if found is None:
        raise ProblemsError(problems)
    return found
