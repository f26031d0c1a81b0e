"""How the pages, which are coroutines, call the service."""

from collections.abc import Callable
from typing import Any

# {% if cookiecutter.concurrency == "sync" %}
from anyio import to_thread

# {% endif %}

async def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function of the service returns, which may wait for the database."""
    # {% if cookiecutter.concurrency == "async" %}
    return await function(*arguments)
    # {% else %}
    return await to_thread.run_sync(function, *arguments)
    # {% endif %}
