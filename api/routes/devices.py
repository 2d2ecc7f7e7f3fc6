"""Messages in quarantine and devices that are not known."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import CHANGES, Administrator, ViewerOfAll
from api.problems import RESPONSES, not_found
from api.schemas.devices import Adopt, Adopted, Quarantine, QuarantinedMessage, UnknownDevice, UnknownDevices
from api.services import Services, services
from mainsight.store.state_port import Quarantined

router = APIRouter(tags=["devices"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]


@router.get("/quarantine")
async def quarantine(
    deps: Deps,
    _: ViewerOfAll,
    reason: str | None = None,
    device: str | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Quarantine:
    """Messages that could not be stored, latest first, with how many there are by reason."""
    found = await deps.state.quarantined(reason=reason, device=device, before_id=before, limit=limit)
    counts = await deps.state.quarantine_counts()
    return Quarantine(items=[_message(item) for item in found], counts=counts, next=found[-1].id if len(found) == limit else None)


@router.delete("/quarantine/{message_id}", status_code=204, responses=CHANGES)
async def dismiss(deps: Deps, who: Administrator, message_id: int) -> None:
    """Forget a message for good."""
    who.tell("dismiss", f"quarantine/{message_id}")
    await deps.state.release([message_id])


@router.get("/devices/unknown")
async def unknown(deps: Deps, _: ViewerOfAll) -> UnknownDevices:
    """Devices that send but are not registered, latest heard first."""
    found = await deps.state.unknown_devices()
    return UnknownDevices(
        items=[
            UnknownDevice(
                device=item.device,
                topic=item.topic,
                first_seen_ms=item.first_seen_ms,
                last_seen_ms=item.last_seen_ms,
                messages=item.messages,
                profile=item.profile,
                quantities=item.quantities,
            )
            for item in found
        ]
    )


@router.post("/devices/adopt", responses=CHANGES)
async def adopt(deps: Deps, who: Administrator, body: Adopt) -> Adopted:
    """Say which meter a device is; what waited in quarantine is stored."""
    who.tell("adopt", f"device/{body.device}", after=body.meter)
    if body.meter not in deps.network.meters:
        raise not_found("meter", body.meter)
    return Adopted(replayed=await deps.adopt(body.device, body.meter))


def _message(item: Quarantined) -> QuarantinedMessage:
    try:
        payload, encoded = item.payload.decode(), False
    except UnicodeDecodeError:
        payload, encoded = base64.b64encode(item.payload).decode(), True
    return QuarantinedMessage(
        id=item.id,
        topic=item.topic,
        reason=item.reason,
        device=item.device,
        detail=item.detail,
        arrival_ms=item.arrival_ms,
        payload=payload,
        base64=encoded,
    )
