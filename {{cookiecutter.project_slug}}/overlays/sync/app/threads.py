"""Routes in threads, where they may wait for the database."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute


class ThreadRoute(APIRoute):
    """A route whose function runs in a thread, and goes there once.

    FastAPI 0.165 sends what a plain function returns to a thread a second time, to be
    validated; a trip costs as much as that. Give it to the router of each feature:
    ``APIRouter(route_class=ThreadRoute)``.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, _in_thread(endpoint), **options)


def _in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def run(**arguments: Any) -> Any:
        return await run_in_threadpool(function, **arguments)

    return run
