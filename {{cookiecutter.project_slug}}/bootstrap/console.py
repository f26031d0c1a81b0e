"""Saying what is done while it is done, and how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 52


class StepFailed(Exception):
    """A step cannot be done; the message says why and what to do."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show a step, and the seconds it took once it is done."""
    print(f"  {name} ".ljust(WIDTH, "."), end=" ", flush=True)
    begun = time.perf_counter()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.perf_counter() - begun:5.2f} s", flush=True)
