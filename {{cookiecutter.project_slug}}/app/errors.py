"""What can go wrong, in the words of the service, and the one form HTTP gives it.

Every error is answered as problem+json: https://www.rfc-editor.org/rfc/rfc9457
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

logger = logging.getLogger(__name__)


class AppError(Exception):
    """Base of every error that the service raises on purpose.

    Takes the detail that the client reads; ``extra`` joins it in the answer.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    headers: Mapping[str, str] = {}

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(AppError):
    """The thing asked for does not exist."""

    status = HTTPStatus.NOT_FOUND


class Conflict(AppError):
    """The request is fine, but the data in the database is against it."""

    status = HTTPStatus.CONFLICT


class Invalid(AppError):
    """The request asks for something that the database cannot hold."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Unavailable(AppError):
    """The database cannot serve now; the same request may succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers: Mapping[str, str] = {"Retry-After": "1"}


class Problem(BaseModel):
    """The body of every error, as the API documentation shows it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem_responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Document error answers: give it to ``responses=`` of a router or route."""
    schema = Problem.model_json_schema()
    content = {"application/problem+json": {"schema": schema}}
    return {
        int(status): {"description": status.phrase, "content": content}
        for status in statuses
    }


def problem_response(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> JSONResponse:
    """Make the answer for an error."""
    return JSONResponse(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            **extra,
        },
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error of the application as problem+json."""
    app.exception_handler(AppError)(_answer_app_error)
    app.exception_handler(RequestValidationError)(_answer_bad_request)
    app.exception_handler(HTTPException)(_answer_http_exception)
    # Named beside Exception, because uvicorn drops the connection after the latter.
    app.exception_handler(SQLAlchemyError)(_answer_database_bug)
    app.exception_handler(Exception)(_answer_bug)


async def _answer_app_error(_request: Request, error: AppError) -> JSONResponse:
    if isinstance(error, Unavailable):
        logger.warning("%s (%r)", error.detail, error.__cause__)
    return problem_response(error.status, error.detail, error.headers, **error.extra)


async def _answer_bad_request(
    _request: Request, error: RequestValidationError
) -> JSONResponse:
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid.",
        errors=[_describe(each) for each in error.errors()],
    )


def _describe(error: Mapping[str, Any]) -> dict[str, str]:
    # Neither the input nor the context is repeated: the one may be a password, the
    # other may not be JSON (NaN, lone surrogates).
    location: Sequence[object] = error["loc"]
    return {"field": ".".join(map(str, location)), "message": error["msg"]}


async def _answer_http_exception(
    _request: Request, error: HTTPException
) -> JSONResponse:
    return problem_response(error.status_code, str(error.detail), error.headers)


async def _answer_database_bug(
    request: Request, error: SQLAlchemyError
) -> JSONResponse:
    logger.error("unexpected database error", exc_info=error)
    return await _answer_bug(request, error)


async def _answer_bug(_request: Request, _error: Exception) -> JSONResponse:
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The server has a fault; it has been logged."
    )
