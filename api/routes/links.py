"""Pages behind the links in alarm messages. Opening one shows the alarm; only sending it back acknowledges.

The link itself is the right: signed, expiring, made out to one person. No script, no cookie.
"""

import html
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.auth import PUBLIC
from api.services import Services, services
from mainsight.alarms.links import Claim, LinkError, read
from mainsight.alarms.pager import TEST_PAGE
from mainsight.alarms.service import ActionError, AlarmView, UnknownAlarmError
from mainsight.core.network import Text
from mainsight.store.asking import NotAnsweredError
from mainsight.store.state_port import AuditEntry

router = APIRouter(include_in_schema=False)
Deps = Annotated[Services, Depends(services)]
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:1.5rem auto;padding:0 1rem;color:#222;background:#f4f4f4}"
    "textarea,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem}button{background:#222;color:#fff;border:0;margin-top:.8rem}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#1b1d1f}button{background:#eee;color:#111}}"
)
_COMMENT_BYTES = 4000
TRIES_PER_MINUTE = 60
"""From one address: a signature cannot be guessed, and trying costs."""
_ALARM, _CONFIRM = Text("Báo động", "Alarm"), Text("Trang thử", "Test page")
_AS, _COMMENT = Text("Người xác nhận: {}", "You acknowledge as {}"), Text("Bạn sẽ làm gì", "What you will do")
_BUTTON, _DONE = Text("Xác nhận", "Acknowledge"), Text("Đã ghi nhận, cảm ơn {}.", "Noted, thank you, {}.")
_LATER = Text(
    "Đã ghi lại; sẽ có hiệu lực khi bộ phận báo động chạy lại.", "Noted; it takes effect when the process that judges alarms runs again."
)
_OVER = Text("Sự cố này đã qua; không còn gì để xác nhận.", "This incident is over; there is nothing left to acknowledge.")
_GONE = Text("Báo động này không còn.", "This alarm is no more.")
_RESPONSE = Text("Việc cần làm", "What to do")


@router.get("/a/{token}", dependencies=[PUBLIC])
async def show(deps: Deps, request: Request, token: str) -> HTMLResponse:
    """Show what the link would acknowledge; nothing changes."""
    claim = await _claim(deps, request, token)
    if isinstance(claim, HTMLResponse):
        return claim
    if claim.rule == TEST_PAGE:
        return _page(claim.language, _CONFIRM.get(claim.language), _form(claim, comment=False))
    view = _view(deps, claim)
    if view is None:
        return _page(claim.language, _GONE.get(claim.language), "", 410)
    title, told = _told(view, claim)
    return _page(
        claim.language, title, told + (_form(claim, comment=True) if _open(view, claim) else f"<p>{_OVER.get(claim.language)}</p>")
    )


@router.post("/a/{token}", dependencies=[PUBLIC])
async def acknowledge(deps: Deps, request: Request, token: str) -> HTMLResponse:
    """Acknowledge in the name of whom the message was sent to."""
    claim = await _claim(deps, request, token)
    if isinstance(claim, HTMLResponse):
        return claim
    comment = parse_qs((await request.body())[:_COMMENT_BYTES].decode("utf-8", "replace")).get("comment", [""])[0].strip()
    done = _DONE.get(claim.language).format(html.escape(claim.person))
    if claim.rule == TEST_PAGE:
        await _write(deps, request, claim, "confirm test page", "done")
        return _page(claim.language, _CONFIRM.get(claim.language), f"<p>{done}</p>")
    view = _view(deps, claim)
    if view is None or not _open(view, claim):
        return _page(claim.language, _OVER.get(claim.language), "", 409)
    title, told = _told(view, claim)
    try:
        await deps.alarms.acknowledge(claim.rule, claim.asset, person=claim.person, comment=comment)
    except NotAnsweredError:
        await _write(deps, request, claim, "acknowledge", "unanswered", comment)
        return _page(claim.language, title, f"<p>{_LATER.get(claim.language)}</p>", 202)
    except ActionError as error:
        await _write(deps, request, claim, "acknowledge", "refused", comment)
        return _page(claim.language, title, f"{told}<p><strong>{html.escape(str(error))}</strong></p>{_form(claim, comment=True)}", 409)
    await _write(deps, request, claim, "acknowledge", "done", comment)
    return _page(claim.language, title, f"<p>{done}</p>")


async def _claim(deps: Services, request: Request, token: str) -> Claim | HTMLResponse:
    origin = request.client.host if request.client else ""
    if (wait := request.app.state.link_tries.wait_s(origin, deps.clock())) > 0:
        return _page("en", "Too many tries", f"<p>Try again in {wait:.0f} s. Thử lại sau {wait:.0f} giây.</p>", 429)
    try:
        return read(await deps.state.link_secret(), token, deps.clock())
    except LinkError as error:
        return _page(
            "en", "mainsight", f"<p>{html.escape(str(error))}</p><p>Liên kết không dùng được; hãy xác nhận trên trang điều hành.</p>", 403
        )


def _view(deps: Services, claim: Claim) -> AlarmView | None:
    try:
        return deps.alarms.view(claim.rule, claim.asset)
    except UnknownAlarmError:
        return None


def _open(view: AlarmView, claim: Claim) -> bool:
    return view.incident == claim.incident and view.state in {"UNACK", "RTNUN", "LATCHED-UNACK"}


def _told(view: AlarmView, claim: Claim) -> tuple[str, str]:
    language = claim.language
    rows = [view.text.get(language), f"{_RESPONSE.get(language)}: {view.response.get(language)}"]
    return f"{_ALARM.get(language)}: {view.asset_name.get(language)}", "".join(f"<p>{html.escape(row)}</p>" for row in rows)


def _form(claim: Claim, *, comment: bool) -> str:
    language = claim.language
    label = f"<label>{_COMMENT.get(language)}<textarea name='comment' rows='3' maxlength='1000'></textarea></label>" if comment else ""
    person = html.escape(_AS.get(language).format(claim.person))
    return f"<form method='post'><p>{person}</p>{label}<button>{_BUTTON.get(language)}</button></form>"


def _page(language: str, title: str, body: str, status: int = 200) -> HTMLResponse:
    safe = html.escape(title)
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{safe}</title><style>{_STYLE}</style>"
    text = f"<!doctype html><html lang='{language}'><head>{head}</head><body><h1>{safe}</h1>{body}</body></html>"
    return HTMLResponse(text, status, headers=_HEADERS)


async def _write(deps: Services, request: Request, claim: Claim, action: str, became: str, comment: str = "") -> None:
    origin = f"link, {request.client.host}" if request.client else "link"
    subject = f"alarm/{claim.rule}/{claim.asset}"
    await deps.state.audit(AuditEntry(deps.clock(), claim.person, action, subject, "", comment, origin=origin, outcome=became))
