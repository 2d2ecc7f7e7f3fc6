"""The console's pages and the runbooks that alarms point to."""

import html
import re
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from markdown import markdown

from api.assets import Assets
from api.auth import PUBLIC
from api.problems import not_found
from api.services import Services, services

router = APIRouter(include_in_schema=False)
Deps = Annotated[Services, Depends(services)]
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222;background:#f4f4f4}"


@router.get("/runbooks/{name}", dependencies=[PUBLIC])
def runbook(deps: Deps, name: str) -> HTMLResponse:
    """Show one runbook."""
    path = deps.settings.runbooks / f"{name.removesuffix('.md')}.md"
    if _NAME.fullmatch(path.stem) is None or not path.is_file():
        raise not_found("runbook", name)
    text = path.read_text(encoding="utf-8")
    title = html.escape(text.splitlines()[0].lstrip("# "))
    body = markdown(text, extensions=["tables"])
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style>'
    return HTMLResponse(f"<!doctype html>{head}{body}", headers={"Content-Security-Policy": _CSP})


def serve_console(app: FastAPI, folder: Path) -> None:
    """Serve the built pages at the root; a path of the console's own gives its page."""
    if not (folder / "index.html").is_file():
        return
    assets = Assets(folder / "assets")

    @app.get("/assets/{name}", include_in_schema=False, dependencies=[PUBLIC])
    def asset(request: Request, name: str) -> Response:
        return assets.answer(request, name)

    @app.get("/{path:path}", include_in_schema=False, dependencies=[PUBLIC])
    def page(path: str) -> FileResponse:
        wanted = (folder / path).resolve()
        if path.startswith("api/"):
            raise not_found("resource", f"/{path}")
        inside = wanted.is_relative_to(folder.resolve()) and wanted.is_file()
        return FileResponse(wanted if inside else folder / "index.html", headers={"Cache-Control": "no-cache"})
