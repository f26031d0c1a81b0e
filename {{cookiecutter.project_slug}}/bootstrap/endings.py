"""Failures and interruptions of the bootstrap, reported with a reason and a remedy."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = (
    "generate again, or run `python3 -m bootstrap` in the project's folder "
    "if that was kept."
)
AGAIN_WHEN_FIXED = f"When that is fixed, {AGAIN}"
# Some systems lack some of these signals.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class StepFailed(Exception):
    """Raised for a step that failed; the last line of its message is the remedy."""

    def __init__(self, reason: str, remedy: str = AGAIN_WHEN_FIXED) -> None:
        super().__init__(f"{reason}\n{remedy}")
        self.reason = reason


@contextmanager
def told_in_words() -> Iterator[None]:
    """Exit with a reason and a remedy when the block fails or is interrupted."""
    interrupt_on_signals()
    try:
        yield
    except StepFailed as failure:
        sys.exit(f"\n{failure}")
    except OSError as error:
        failure = StepFailed(f"A step failed: {error}")
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit(f"\nInterrupted: {AGAIN}")


def interrupt_on_signals() -> None:
    """Raise KeyboardInterrupt on the first signal that asks to exit; ignore the others.

    A second signal would interrupt the cleanup after the first one.
    """
    for number in _numbers():
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _numbers():
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _numbers() -> Iterator[signal.Signals]:
    return (getattr(signal, name) for name in SIGNALS if hasattr(signal, name))
