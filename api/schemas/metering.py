"""Final values beside raw ones, edits of them, and changes of meters."""

from typing import Annotated, Literal, Self

from pydantic import Field

from api.schemas.base import Schema
from api.schemas.series import Aggregate, Column
from mainsight.core.quantities import quantity
from mainsight.metering.desk import Shift
from mainsight.store import metering_port as kept

Reason = Annotated[str, Field(min_length=1, max_length=500)]
Instant = Annotated[int, Field(ge=0, le=4_102_444_800_000)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class MeterValues(Schema):
    """Quarter hours of a meter's quantity, columns of equal length.

    `final` has the ratio applied: what a register counted in the quarter hour (`aggregate` sum), the mean of a gauge, the last state,
    in `unit`. `quality` is measured, suspect, estimated, edited or missing; `rule` says why (empty: plainly measured, or missing; V18:
    missing while most other series of the meter are there); `version` is that of the rules, 0 for values that were replaced since
    `as_of_ms`. `raw` is the last reading in the quarter hour as the meter sent it, in the same unit, `raw_count` how many there are.
    `edit` is the id of the edit that holds, null for none.
    """

    meter: str
    quantity: str
    unit: str
    aggregate: Aggregate
    as_of_ms: int | None
    start_ms: list[int]
    final: Column
    quality: list[str]
    rule: list[str]
    version: list[int]
    raw: Column
    raw_count: list[int]
    edit: list[int | None]
    completeness: float
    incomplete: bool


class Undone(Schema):
    """Who took it back, when and why."""

    at_ms: int
    person: str
    reason: str

    @classmethod
    def of(cls, undone: kept.Undone | None) -> Self | None:
        """None while it stands."""
        return None if undone is None else cls(at_ms=undone.at_ms, person=undone.person, reason=undone.reason)


class ValueBefore(Schema):
    """A final value as it was when it was edited."""

    start_ms: int
    value: float
    quality: str
    rule: str


class Edit(Schema):
    """What a person decided about final values. `after` is one value a quarter hour where the action is `set`."""

    id: int
    meter: str
    quantity: str
    unit: str
    start_ms: int
    end_ms: int
    action: kept.EditAction
    person: str
    reason: str
    made_ms: int
    before: list[ValueBefore]
    after: list[float]
    undone: Undone | None

    @classmethod
    def of(cls, edit: kept.Edit) -> Self:
        """Take an edit of the state."""
        return cls(
            id=edit.id,
            meter=edit.meter,
            quantity=edit.quantity,
            unit=quantity(edit.quantity).unit,
            start_ms=edit.start_ms,
            end_ms=edit.end_ms,
            action=edit.action,
            person=edit.person,
            reason=edit.reason,
            made_ms=edit.made_ms,
            before=[ValueBefore(start_ms=at, value=value, quality=quality, rule=rule) for at, value, quality, rule in edit.before],
            after=list(edit.values),
            undone=Undone.of(edit.undone),
        )


class Edits(Schema):
    """Edits, latest first; `next` is the cursor of the following page."""

    items: list[Edit]
    next: int | None


class NewEdit(Schema):
    """An edit to make: on quarter hours, at most 31 days, all of it over.

    `set` takes `values`, one for each quarter hour (increments of a register, means of a gauge, ratio applied), or one `value` for
    all; `confirm` says that what is measured stands; `discard` that nothing is known.
    """

    quantity: str
    start_ms: Instant
    end_ms: Instant
    action: kept.EditAction
    values: Annotated[list[Finite], Field(default_factory=list, max_length=2976)]
    value: Finite | None = None
    reason: Reason


class Undo(Schema):
    """Why something is taken back."""

    reason: Reason


class RegisterExchange(Schema):
    """Last reading of the old register and first of the new one, as the meters show them."""

    last: Finite
    first: Finite


class NewChange(Schema):
    """A change of a meter: a new factor from the start of a local day, an exchange of registers at an instant, or both."""

    from_ms: Instant
    factor: Annotated[Finite, Field(gt=0)] | None = None
    registers: dict[str, RegisterExchange] = Field(default_factory=dict)
    reason: Reason


class Change(Schema):
    """A change of a meter that was entered."""

    id: int
    meter: str
    from_ms: int
    factor: float | None
    registers: dict[str, RegisterExchange]
    person: str
    reason: str
    made_ms: int
    undone: Undone | None

    @classmethod
    def of(cls, change: kept.MeterChange) -> Self:
        """Take a change of the state."""
        return cls(
            id=change.id,
            meter=change.meter,
            from_ms=change.from_ms,
            factor=change.factor,
            registers={name: RegisterExchange(last=last, first=first) for name, (last, first) in change.registers.items()},
            person=change.person,
            reason=change.reason,
            made_ms=change.made_ms,
            undone=Undone.of(change.undone),
        )


class Changes(Schema):
    """Changes of a meter, latest first."""

    items: list[Change]


class ShiftedSeries(Schema):
    """One series by local day, before and after: sums of a register, means of a gauge."""

    quantity: str
    unit: str
    aggregate: Literal["sum", "mean"]
    start_ms: list[int]
    before: Column
    after: Column

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """Take what a change moves."""
        known = quantity(shift.series.quantity)
        return cls(
            quantity=known.name,
            unit=known.unit,
            aggregate="sum" if known.kind.value == "register" else "mean",
            start_ms=shift.start_ms.tolist(),
            before=[None if value != value else value for value in shift.before.round(6).tolist()],  # noqa: PLR0124 - NaN
            after=[None if value != value else value for value in shift.after.round(6).tolist()],  # noqa: PLR0124 - NaN
        )


class Preview(Schema):
    """What a change would move, at most 92 days of it."""

    items: list[ShiftedSeries]
