"""Mapping rules: tried before they are trusted, saved and taken up without a restart."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth import CHANGES, Administrator, ViewerOfAll
from api.problems import RESPONSES, Problem
from api.schemas.mappings import Mappings, Replay, Replayed, SavedVersion, SaveMappings, Taken, Trial, Try
from api.services import RulesConflictError, RulesRefusedError, Services, services
from collector.configuration import parse_mappings
from mainsight.registry.problems import ProblemsError
from mainsight.store.device_port import SavedMappings

router = APIRouter(tags=["devices"], responses=RESPONSES)
Deps = Annotated[Services, Depends(services)]
_SHOWN = 20


@router.get("/mappings")
async def saved(deps: Deps, _: ViewerOfAll) -> Mappings:
    """Mapping rules that were saved: those in force, and up to nineteen versions before them."""
    kept = await deps.state.saved_mappings(_SHOWN)
    problem = None
    if kept:
        try:
            parse_mappings(kept[0].rules.encode(), Path("rules"))
        except ProblemsError as error:
            problem = str(error)
    return Mappings(items=[SavedVersion.model_validate(one) for one in kept], problem=problem)


@router.put("/mappings", responses=CHANGES)
async def save(deps: Deps, who: Administrator, body: SaveMappings) -> Taken:
    """Use these mapping rules from the next message on, and after every restart, and read again what waits."""
    before = await deps.state.saved_mappings()
    who.tell("save mapping rules", "mappings", before[0].rules if before else "", body.rules)
    wanted = SavedMappings(body.version + 1, body.rules, who.name, deps.clock())
    try:
        return Taken(version=wanted.version, replayed=await deps.decoding.save_rules(wanted))
    except RulesRefusedError as error:
        raise Problem(422, str(error), "body/rules") from error
    except RulesConflictError as error:
        raise Problem(409, str(error), "body/version") from error


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
    """Take up routes.yaml and mappings.yaml of the registry as they are now, after saved rules, and read again what waits."""
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
