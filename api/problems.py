"""Errors as RFC 9457 problem documents."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from mainsight.metering.as_of import ForgottenError
from mainsight.store.asking import NotAnsweredError
from mainsight.store.port import StoreUnavailableError

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One thing to mend."""

    pointer: str
    detail: str


class ProblemDocument(BaseModel):
    """What went wrong, for programs and for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    pointer: str | None = None
    """The parameter or field that is to be mended, as `query/step` or `body/comment`."""
    errors: list[Fault] | None = None
    """All that are to be mended, where they are several; `pointer` and `detail` tell the first."""


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """An answer other than the one asked for."""

    def __init__(self, status: int, detail: str, pointer: str | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = headers
        self.document = ProblemDocument(title=_title(status), status=status, detail=detail, pointer=pointer)

    def answer(self) -> JSONResponse:
        """As it is sent."""
        return _answer(self.document, self.headers)


def _title(status: int) -> str:
    return "Unprocessable Content" if status == 422 else HTTPStatus(status).phrase  # as RFC 9110 calls it


def not_found(kind: str, name: str, hint: str = "") -> Problem:
    """The problem of a thing that is not there."""
    return Problem(404, f"there is no {kind} {name!r}{hint}")


def too_many(why: str, wait_s: int) -> Problem:
    """The problem of asking too often."""
    return Problem(429, f"{why}: try again in {wait_s} s", headers={"Retry-After": str(wait_s)})


def _answer(document: ProblemDocument, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(document.model_dump(exclude_none=True), document.status, media_type=MEDIA_TYPE, headers=headers)


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return error.answer()


async def _forgotten(_: Request, error: Exception) -> JSONResponse:
    return Problem(422, str(error), "query/as_of_ms").answer()


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _answer(
        ProblemDocument(title=_title(error.status_code), status=error.status_code, detail=str(error.detail)), dict(error.headers or {})
    )


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_fault_of(one, request.headers.get("content-type", "")) for one in error.errors()]
    first = faults[0]
    document = ProblemDocument(title=_title(422), status=422, detail=first.detail, pointer=first.pointer)
    return _answer(document.model_copy(update={"errors": faults if len(faults) > 1 else None}))


def _fault_of(error: dict[str, Any], media_type: str) -> Fault:
    place, pointer = error["loc"], "/".join(str(part) for part in error["loc"])
    if error["type"] == "json_invalid":
        return Fault(pointer="body", detail=f"the body is not JSON: {error['ctx']['error']} at character {place[-1]}")
    hint = "; send it as application/json" if pointer == "body" and "json" not in media_type else ""
    return Fault(pointer=pointer, detail=f"{pointer}: {error['msg']}{hint}")


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    return _answer(
        ProblemDocument(title="Service Unavailable", status=503, detail=f"the store does not answer: {error}"), {"Retry-After": "5"}
    )


async def _not_answered(_: Request, error: Exception) -> JSONResponse:
    return _answer(ProblemDocument(title="Gateway Timeout", status=504, detail=str(error)))


async def _fault(_: Request, __: Exception) -> JSONResponse:
    """What went wrong in us is in the log, where it is raised again, and nowhere else."""
    return _answer(ProblemDocument(title="Internal Server Error", status=500, detail="something failed inside; the log says what"))


def install(app: FastAPI) -> None:
    """Translate every error of the application in one place."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(StoreUnavailableError, _unavailable)
    app.add_exception_handler(NotAnsweredError, _not_answered)
    app.add_exception_handler(ForgottenError, _forgotten)
    app.add_exception_handler(Exception, _fault)


RESPONSES: dict[int | str, dict[str, object]] = {
    status: {"model": ProblemDocument, "description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {}}}
    for status in (401, 403, 404, 422, 429, 503)
}
"""Documented on every route."""
