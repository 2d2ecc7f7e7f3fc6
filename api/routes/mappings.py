"""Mapping rules: tried before they are trusted, taken up without a restart."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth import CHANGES, Administrator
from api.problems import RESPONSES, Problem
from api.schemas.mappings import Replay, Replayed, Trial, Try
from api.services import RulesRefusedError, Services, services

router = APIRouter(tags=["devices"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]


@router.post("/mappings/try", responses=CHANGES)
async def try_rules(deps: Deps, who: Administrator, body: Try) -> Trial:
    """Say what mapping rules would do to the last messages and to what waits. Nothing is stored or changed."""
    who.tell("try rules", f"mappings/{body.name}")
    try:
        return await deps.decoding.try_rules(body)
    except RulesRefusedError as error:
        raise Problem(422, str(error), "body/rules") from error


@router.post("/mappings/apply", responses=CHANGES)
async def apply_rules(deps: Deps, who: Administrator) -> Replayed:
    """Take up routes.yaml and mappings.yaml of the registry as they are now, and read again what waits."""
    who.tell("apply rules", "mappings")
    try:
        return await deps.decoding.apply_rules()
    except RulesRefusedError as error:
        raise Problem(422, str(error)) from error


@router.post("/quarantine/replay", responses=CHANGES)
async def replay(deps: Deps, who: Administrator, body: Replay) -> Replayed:
    """Read again messages that wait, by the rules in use; what gives readings now is stored."""
    who.tell("replay", "quarantine", after=f"reason {body.reason or 'any'}, device {body.device or 'any'}")
    return await deps.decoding.replay(body.reason, body.device)
