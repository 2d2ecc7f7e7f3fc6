"""Live values and changed alarms as server-sent events."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api.live import LiveStream

router = APIRouter(tags=["live"])


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events `live` (loads that changed) and `alarms`"}},
)
def stream(request: Request) -> StreamingResponse:
    """Everything once, then what changes, once a second."""
    live: LiveStream = request.app.state.live
    return StreamingResponse(
        live.events(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
