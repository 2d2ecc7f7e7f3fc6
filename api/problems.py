"""Errors as RFC 9457 problem documents."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from mainsight.metering.as_of import ForgottenError
from mainsight.store.asking import NotAnsweredError
from mainsight.store.port import StoreUnavailableError

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """What went wrong, for programs and for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    pointer: str | None = None
    """The parameter or field that is to be mended, as `query/step` or `body/comment`."""


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """An answer other than the one asked for."""

    def __init__(self, status: int, detail: str, pointer: str | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = headers
        self.document = ProblemDocument(title=HTTPStatus(status).phrase, status=status, detail=detail, pointer=pointer)

    def answer(self) -> JSONResponse:
        """As it is sent."""
        return _answer(self.document, self.headers)


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
    phrase = HTTPStatus(error.status_code).phrase
    return _answer(ProblemDocument(title=phrase, status=error.status_code, detail=str(error.detail)), dict(error.headers or {}))


async def _validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    pointer = "/".join(str(part) for part in first["loc"])
    return _answer(ProblemDocument(title="Unprocessable Content", status=422, detail=f"{pointer}: {first['msg']}", pointer=pointer))


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
