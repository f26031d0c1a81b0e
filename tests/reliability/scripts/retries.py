"""Run transactions again: as often as it helps, not for ever, not in step."""

from collections.abc import Callable
from threading import Barrier
from typing import Any
from unittest.mock import patch

from app.database import database as database_module
from app.database.database import pause_after
from app.errors import Retryable

from .common import at_once, opened, report, run
from .server_failures import add_user_for_good, rename

ROUNDS = 5
FAILURES = (0, 1, 2, 3, 4, 5)


def failing(times: int) -> Callable[[], Any]:
    """Make a transaction that fails so many times; its result is the number of its runs."""
    runs = []

    async def work(_transaction: Any) -> int:
        runs.append(times)
        if len(runs) <= times:
            raise Retryable(f"Failed {len(runs)} times.")
        return len(runs)

    async def transaction() -> Any:
        async with opened() as database:
            return await database.transaction(work)

    return transaction


def outcome(times: int) -> str | int:
    """Run a transaction that fails so many times: what it says in the end, or its runs."""
    [ended] = at_once(failing(times))
    error: Any = ended.exception()
    return f"{error.status} {error.detail}" if error else ended.result()


def pauses(times: int) -> list[float]:
    """Run a transaction that fails so many times, and return the seconds of its pauses."""
    waited: list[float] = []

    def noted(attempt: int) -> float:
        waited.append(pause_after(attempt))
        return waited[-1]

    with patch.object(database_module, "pause_after", noted):
        outcome(times)
    return waited


def renaming(met: Barrier, first_id: int, second_id: int, runs: list[int]) -> Callable[[], Any]:
    """Make a transaction that locks two users.

    In its first run it locks the second when another transaction has locked something, too.
    """

    async def work(transaction: Any) -> None:
        runs.append(first_id)
        await rename(transaction, first_id)
        if len(runs) == 1:
            met.wait()
        await rename(transaction, second_id)

    async def transaction() -> None:
        async with opened() as database:
            await database.transaction(work)

    return transaction


def deadlock() -> list[int]:
    """Let two transactions lock two users in opposite orders; return how often each ran."""
    first_id, second_id = run(add_user_for_good), run(add_user_for_good)
    met = Barrier(2, timeout=10)
    runs: tuple[list[int], list[int]] = ([], [])
    ended = at_once(
        renaming(met, first_id, second_id, runs[0]),
        renaming(met, second_id, first_id, runs[1]),
    )
    for each in ended:
        each.result()
    return [len(each) for each in runs]


def main() -> None:
    """Force failures and deadlocks."""
    report(
        {
            "outcomes": [outcome(times) for times in FAILURES],
            "pauses": [pauses(max(FAILURES)) for _ in range(ROUNDS)],
            "deadlocks": [deadlock() for _ in range(ROUNDS)],
        }
    )


if __name__ == "__main__":
    main()
