"""How long requests wait for a connection to the database."""

from collections.abc import Callable
from time import perf_counter

# Functions that are told, after each wait, how many seconds it took.
listeners: list[Callable[[float], object]] = []


class Waiting:
    """A wait, as a context: ``with Waiting(): …``. The listeners are told of its end."""

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(self, *_error: object) -> None:
        for tell in listeners:
            tell(perf_counter() - self._started)
