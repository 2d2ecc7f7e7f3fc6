"""Devices, how they are, those that are not known, and messages in quarantine."""

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import CHANGES, Administrator, ViewerOfAll
from api.device_health import conditions
from api.paging import Cursor, paged
from api.problems import RESPONSES, not_found
from api.schemas.devices import (
    Adopt,
    Adopted,
    Condition,
    Device,
    Devices,
    Quarantine,
    QuarantinedMessage,
    QuarantineGroup,
    QuarantineGroups,
    UnknownDevice,
    UnknownDevices,
)
from api.services import Services, services
from collector.device_names import own_name
from mainsight.store import state_port
from mainsight.store.device_port import DeviceHealth
from mainsight.store.state_port import Quarantined

router = APIRouter(tags=["devices"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]


@router.get("/quarantine")
async def quarantine(
    deps: Deps,
    _: ViewerOfAll,
    reason: str | None = None,
    device: str | None = None,
    topic: str | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Quarantine:
    """Messages that could not be stored, latest first, with how many there are by reason."""
    found = await deps.state.quarantined(reason=reason, device=device, topic=topic, before_id=before, limit=limit)
    counts = await deps.state.quarantine_counts()
    return Quarantine(
        items=[_message(item) for item in found],
        counts=counts,
        dropped=await deps.state.quarantine_dropped(),
        next=found[-1].id if len(found) == limit else None,
    )


@router.delete("/quarantine/{message_id}", status_code=204, responses=CHANGES)
async def dismiss(deps: Deps, who: Administrator, message_id: int) -> None:
    """Forget a message for good."""
    who.tell("dismiss", f"quarantine/{message_id}")
    await deps.state.release([message_id])


@router.get("/quarantine/groups")
async def groups(deps: Deps, _: ViewerOfAll, limit: Annotated[int, Query(ge=1, le=1_000)] = 200) -> QuarantineGroups:
    """Messages that could not be stored, by reason, device (where it is not known, by topic) and detail, those with most first."""
    return QuarantineGroups(items=[QuarantineGroup(**asdict(group)) for group in await deps.state.quarantine_groups(limit)])


@router.get("/devices")
async def devices(
    deps: Deps,
    _: ViewerOfAll,
    condition: Condition | None = None,
    search: Annotated[str, Query(max_length=200, description="part of a device's or meter's name")] = "",
    after: Annotated[str, Query(max_length=256, description="`next` of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> Devices:
    """How registered devices are that were heard of, by name."""
    served = await _meters_by_device(deps)
    found = [_device(deps, kept, served) for kept in await deps.state.health()]
    counts = Counter(one for device in found for one in device.conditions)
    wanted = [
        device
        for device in found
        if device.device > after
        and (condition is None or condition in device.conditions)
        and any(search.casefold() in name.casefold() for name in (device.device, *device.meters))
    ]
    page = wanted[:limit]
    return Devices(items=page, total=len(found), counts=dict(counts), next=page[-1].device if len(wanted) > limit else None)


async def _meters_by_device(deps: Services) -> dict[str, list[str]]:
    served: dict[str, list[str]] = {}
    for meter in deps.network.meters.values():
        served.setdefault(meter.device, []).append(meter.id)
    return served | {device: [meter] for device, meter in (await deps.state.aliases()).items()}


def _device(deps: Services, kept: DeviceHealth, served: Mapping[str, list[str]]) -> Device:
    meters, now_ms = served.get(kept.device) or served.get(own_name(kept.device)) or [], deps.clock()
    silent = any(deps.picture.is_silent(meter, now_ms) for meter in meters if meter in deps.network.meters)
    return Device(**asdict(kept), meters=meters, conditions=conditions(kept, now_ms, meters_silent=silent))


@router.get("/devices/unknown")
async def unknown(deps: Deps, _: ViewerOfAll, limit: Annotated[int, Query(ge=1, le=500)] = 100, cursor: Cursor = None) -> UnknownDevices:
    """Devices that send but are not registered, latest heard first."""
    found = await deps.state.unknown_devices()
    page, after = paged(found, lambda item: item.device, cursor, limit)
    return UnknownDevices(items=[await _unknown(deps, item) for item in page], total=len(found), next=after)


async def _unknown(deps: Services, item: state_port.UnknownDevice) -> UnknownDevice:
    last = await deps.state.quarantined(device=item.device, limit=1)
    spoke_ms, gaps = item.last_seen_ms - item.first_seen_ms, item.messages - 1
    return UnknownDevice(**asdict(item), interval_s=spoke_ms / gaps / 1_000 if gaps > 0 else None, last=_message(last[0]) if last else None)


@router.post("/devices/adopt", responses=CHANGES)
async def adopt(deps: Deps, who: Administrator, body: Adopt) -> Adopted:
    """Say which meter a device is; what waited in quarantine is stored."""
    who.tell("adopt", f"device/{body.device}", after=body.meter)
    if body.meter not in deps.network.meters:
        raise not_found("meter", body.meter)
    return Adopted(replayed=await deps.decoding.adopt(body.device, body.meter))


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
