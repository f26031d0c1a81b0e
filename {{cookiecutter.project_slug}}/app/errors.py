"""What can go wrong, in the words of the service."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


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


class Retryable(Unavailable):
    """The database undid the work because of other work; the same may succeed at once."""
