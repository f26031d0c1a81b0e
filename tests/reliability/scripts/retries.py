"""Run units of work again: as often as it helps, not for ever, not in step."""

from collections.abc import Callable
from threading import Barrier
from typing import Any
from unittest.mock import patch

from app.database import retries
from app.database.retries import pause_after, retried
from app.errors import Retryable

from .common import at_once, opened, report, run
from .server_failures import add_user, rename

ROUNDS = 5
FAILURES = (0, 1, 2, 3, 4, 5)


def failing(times: int) -> Callable[[], Any]:
    """Make a unit that fails so many times; its result is the number of its calls."""
    calls = []

    async def unit() -> int:
        calls.append(times)
        if len(calls) <= times:
            raise Retryable(f"Failed {len(calls)} times.")
        return len(calls)

    again: Callable[[], Any] = retried(unit)
    return again


def outcome(times: int) -> str | int:
    """Call a unit that fails so many times: what it says in the end, or its calls."""
    [ended] = at_once(failing(times))
    error: Any = ended.exception()
    return f"{error.status} {error.detail}" if error else ended.result()


def pauses(times: int) -> list[float]:
    """Call a unit that fails so many times, and give the seconds that are waited."""
    waited: list[float] = []

    def noted(attempt: int) -> float:
        waited.append(pause_after(attempt))
        return waited[-1]

    with patch.object(retries, "pause_after", noted):
        outcome(times)
    return waited


def renaming(met: Barrier, first_id: int, second_id: int, calls: list[int]) -> Callable[[], Any]:
    """Make a unit that locks two users; at first, when another has locked something, too."""

    async def unit() -> None:
        calls.append(first_id)
        async with opened() as database, database.session() as session:
            await rename(session, first_id)
            if len(calls) == 1:
                met.wait()
            await rename(session, second_id)
            await session.commit()

    again: Callable[[], Any] = retried(unit)
    return again


def deadlock() -> list[int]:
    """Let two units lock two users in opposite orders; give how often each was called."""
    first_id, second_id = run(add_user), run(add_user)
    met = Barrier(2, timeout=10)
    calls: tuple[list[int], list[int]] = ([], [])
    ended = at_once(
        renaming(met, first_id, second_id, calls[0]),
        renaming(met, second_id, first_id, calls[1]),
    )
    for each in ended:
        each.result()
    return [len(each) for each in calls]


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
