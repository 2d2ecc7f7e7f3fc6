"""Final values beside raw ones, edits of them, and changes of meters."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access.callers import Role
from api.auth import CHANGES, VIEWING, Administrator, Planner, PlannerSomewhere, Viewer, allow
from api.problems import RESPONSES, Problem, not_found
from api.routes.demand import AsOfMs, EndMs, StartMs, known_meter, unit_on
from api.schemas.metering import Change, Changes, Edit, Edits, MeterValues, NewChange, NewEdit, Preview, ShiftedSeries, Undo
from api.series import AGGREGATE, check_range, column, quality_labels
from api.services import Services, services
from mainsight.core.intervals import COMPLETE
from mainsight.core.quantities import quantity as known_quantity
from mainsight.core.readings import Series
from mainsight.core.topology import zone_of
from mainsight.metering.desk import ChangeError
from mainsight.metering.edits import LONGEST_MS, EditError
from mainsight.metering.values import SLOT_MS
from mainsight.store import metering_port as kept

router = APIRouter(tags=["metering"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_QUARTER_S = SLOT_MS // 1000


@router.get("/meters/{meter_id}/values", dependencies=[VIEWING])
async def values(deps: Deps, meter_id: str, quantity: str, start_ms: StartMs, end_ms: EndMs, as_of_ms: AsOfMs = None) -> MeterValues:
    """Quarter hours of a meter's quantity: raw, final, quality, rule and edit; with `as_of_ms`, as they were known then."""
    meter = known_meter(deps, meter_id)
    unit = unit_on(meter, quantity)
    check_range(deps, start_ms, end_ms, _QUARTER_S)
    found = await deps.metering.slots(Series(meter_id, quantity), start_ms, end_ms, as_of_ms)
    completeness = float((found.quality > 0).mean())
    return MeterValues(
        meter=meter_id,
        quantity=quantity,
        unit=unit,
        aggregate=AGGREGATE[known_quantity(quantity).kind],
        as_of_ms=as_of_ms,
        start_ms=found.start_ms.tolist(),
        final=column(found.final),
        quality=quality_labels(found.quality),
        rule=list(found.rule),
        version=found.version.tolist(),
        raw=column(found.raw),
        raw_count=found.raw_count.tolist(),
        edit=[number or None for number in found.edit.tolist()],
        completeness=completeness,
        incomplete=completeness < COMPLETE,
    )


@router.post("/meters/{meter_id}/edits", status_code=201, responses=CHANGES)
async def make_edit(deps: Deps, who: Planner, meter_id: str, body: NewEdit) -> Edit:
    """Edit final values of a meter; everything computed from them follows within seconds."""
    unit_on(known_meter(deps, meter_id), body.quantity, "body/quantity")
    edit = kept.Edit(meter_id, body.quantity, body.start_ms, body.end_ms, body.action, who.name, body.reason, deps.clock(), _values(body))
    try:
        made = Edit.of(await deps.metering.edit(edit))
    except EditError as error:
        raise Problem(422, str(error), f"body/{error.field}") from error
    after = made.after if made.action == "set" else made.action
    who.tell("edit", f"edit/{made.id}", before={"values": [one.value for one in made.before]}, after={"values": after})
    return made


def _values(body: NewEdit) -> tuple[float, ...]:
    if body.value is None or not 0 < body.end_ms - body.start_ms <= LONGEST_MS:
        return tuple(body.values)
    if body.values:
        raise Problem(422, "give one value for all quarter hours, or values for each, not both", "body/value")
    return (body.value,) * ((body.end_ms - body.start_ms) // SLOT_MS)


@router.get("/edits")
async def edits(
    deps: Deps,
    who: Viewer,
    meter: str | None = None,
    quantity: str | None = None,
    start_ms: StartMs = 0,
    end_ms: EndMs = 4_102_444_800_000,
    undone: Annotated[bool, Query(description="also those that were taken back")] = True,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[int | None, Query(ge=1, le=2**53, description="`next` of the page before")] = None,
) -> Edits:
    """Edits that touch a range, latest first, with what was there before."""
    series = None
    if meter is not None:
        names = known_meter(deps, meter).quantities if quantity is None else (quantity,)
        series = [Series(meter, name) for name in names]
    found = await deps.state.edits(series, start_ms, end_ms, undone=undone, before_id=cursor, limit=limit)
    seen = [edit for edit in found if who.sees(zone_of(deps.network, edit.meter) if edit.meter in deps.network.meters else None)]
    return Edits(items=[Edit.of(edit) for edit in seen], next=found[-1].id if len(found) == limit else None)


@router.post("/edits/{edit_id}/undo", responses=CHANGES)
async def undo_edit(deps: Deps, who: PlannerSomewhere, edit_id: int, body: Undo) -> Edit:
    """Take an edit back: what is computed holds again. Done twice it changes nothing."""
    found = await deps.state.edits(before_id=edit_id + 1, limit=1)
    if not found or found[0].id != edit_id:
        raise not_found("edit", str(edit_id))
    known_meter(deps, found[0].meter)
    allow(who, Role.PLANNER, zone_of(deps.network, found[0].meter))
    undone = await deps.metering.undo_edit(edit_id, kept.Undone(deps.clock(), who.name, body.reason))
    if undone is None:
        raise not_found("edit", str(edit_id))
    who.tell("undo", f"edit/{edit_id}", after={"reason": body.reason})
    return Edit.of(undone)


@router.get("/meters/{meter_id}/changes", dependencies=[VIEWING])
async def changes(deps: Deps, meter_id: str) -> Changes:
    """Ratios and exchanges that were entered for a meter, latest first; those of the registry's files are not among them."""
    known_meter(deps, meter_id)
    return Changes(items=[Change.of(change) for change in await deps.state.meter_changes(meter_id)])


@router.post("/meters/{meter_id}/changes/preview", responses=CHANGES)
async def preview(deps: Deps, who: Administrator, meter_id: str, body: NewChange) -> Preview:
    """What a change would move, by local day, before and after; nothing is kept."""
    known_meter(deps, meter_id)
    who.tell("preview", f"meter/{meter_id}")
    try:
        shifts = await deps.metering.preview(_change(deps, who.name, meter_id, body))
    except ChangeError as error:
        raise Problem(422, str(error), f"body/{error.field}") from error
    return Preview(items=[ShiftedSeries.of(shift) for shift in shifts])


@router.post("/meters/{meter_id}/changes", status_code=201, responses=CHANGES)
async def make_change(deps: Deps, who: Administrator, meter_id: str, body: NewChange) -> Change:
    """Enter a ratio, pulse weight or exchange from an instant on; everything that stands on it is computed again from there."""
    known_meter(deps, meter_id)
    try:
        made = Change.of(await deps.metering.change(_change(deps, who.name, meter_id, body)))
    except ChangeError as error:
        raise Problem(422, str(error), f"body/{error.field}") from error
    who.tell("change", f"meter/{meter_id}", after=made.model_dump(include={"id", "from_ms", "factor", "registers"}))
    return made


def _change(deps: Services, person: str, meter_id: str, body: NewChange) -> kept.MeterChange:
    registers = {name: (one.last, one.first) for name, one in body.registers.items()}
    return kept.MeterChange(meter_id, body.from_ms, body.factor, person, body.reason, deps.clock(), registers)


@router.post("/changes/{change_id}/undo", responses=CHANGES)
async def undo_change(deps: Deps, who: Administrator, change_id: int, body: Undo) -> Change:
    """Take a change of a meter back: everything from its instant on is computed again. Done twice it changes nothing."""
    try:
        undone = await deps.metering.undo_change(change_id, kept.Undone(deps.clock(), who.name, body.reason))
    except ChangeError as error:
        raise Problem(422, str(error)) from error
    if undone is None:
        raise not_found("change", str(change_id))
    who.tell("undo", f"change/{change_id}", after={"reason": body.reason})
    return Change.of(undone)
