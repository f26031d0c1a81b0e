"""Running a transaction again when the database undid it for the sake of another."""

# {% if cookiecutter.concurrency == "async" %}
import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar
# {% else %}
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
# {% endif %}

from app.errors import Retryable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

ATTEMPTS = 4
PAUSE = 0.02  # seconds, doubled after each attempt
RANDOM = random.SystemRandom()


# {% if cookiecutter.concurrency == "async" %}
def retried(
    method: Callable[Arguments, Awaitable[Result]],
) -> Callable[Arguments, Coroutine[Any, Any, Result]]:
    # {% else %}
def retried(method: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    # {% endif %}
    """Decorate a service's method that writes: on Retryable the whole of it runs again.

    It decides anew on what it reads anew: the part up to the failure no longer holds.
    Raises Retryable after the last attempt.
    """

    @wraps(method)
    async def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for attempt in range(1, ATTEMPTS):
            try:
                return await method(*args, **kwargs)
            except Retryable:
                # {% if cookiecutter.concurrency == "async" %}
                await asyncio.sleep(pause_after(attempt))
                # {% else %}
                time.sleep(pause_after(attempt))
                # {% endif %}
        return await method(*args, **kwargs)

    return run


def pause_after(attempt: int) -> float:
    """Give the seconds to wait after an attempt; the first is 1.

    They are random, or those that met once would meet again.
    """
    return RANDOM.uniform(0, PAUSE * 2**attempt)
