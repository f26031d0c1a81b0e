"""Routes in threads, where they may wait for the database."""

from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial, wraps
from typing import Any

from fastapi.routing import APIRoute

# As many as FastAPI has, and more than connections: routes use one for part of their time.
THREADS = ThreadPoolExecutor(40, thread_name_prefix="route")


class ThreadRoute(APIRoute):
    """A route whose function runs in a thread, and goes there once.

    FastAPI 0.165 validates the result of a plain function in a second thread. That makes
    a request for one row a quarter slower, and where all threads are busy, a finished
    request waits behind those that are not. https://github.com/fastapi/fastapi/pull/888
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, _in_thread(endpoint), **options)


def _in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def run(**arguments: Any) -> Any:
        call = partial(copy_context().run, function, **arguments)
        return await get_running_loop().run_in_executor(THREADS, call)

    return run
