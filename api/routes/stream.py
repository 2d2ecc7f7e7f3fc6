"""Live values and changed alarms as server-sent events."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api.auth import Viewer
from api.live import LiveStream
from api.problems import RESPONSES

router = APIRouter(tags=["live"], responses=RESPONSES)


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events `live` (loads that changed) and `alarms`"}},
)
def stream(request: Request, who: Viewer) -> StreamingResponse:
    """Everything once, then what changes, once a second."""
    live: LiveStream = request.app.state.live
    return StreamingResponse(
        live.events(who.zones), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
