"""Work that lost against other work is run again, but not for ever."""

import pytest

from app.database.retries import ATTEMPTS, retried
from app.errors import Conflict, Retryable


class Work:
    """Work that is undone a number of times before it succeeds."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.attempts = 0

    @retried
    async def run(self) -> str:
        self.attempts += 1
        if self.attempts <= self.failures:
            raise Retryable("Other requests changed the same data.")
        return "done"


class Refusal:
    """Work that is refused."""

    def __init__(self) -> None:
        self.attempts = 0

    @retried
    async def run(self) -> None:
        self.attempts += 1
        raise Conflict("This name is taken.")


async def test_work_is_run_again_until_it_succeeds() -> None:
    work = Work(failures=ATTEMPTS - 1)

    assert await work.run() == "done"
    assert work.attempts == ATTEMPTS


async def test_work_that_always_loses_is_given_up() -> None:
    work = Work(failures=ATTEMPTS)

    with pytest.raises(Retryable):
        await work.run()
    assert work.attempts == ATTEMPTS


async def test_a_refusal_is_final() -> None:
    refusal = Refusal()

    with pytest.raises(Conflict):
        await refusal.run()
    assert refusal.attempts == 1
