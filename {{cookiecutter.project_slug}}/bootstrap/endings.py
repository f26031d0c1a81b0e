"""How a run ends that cannot be finished: with the reason, and with the way on."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN = (
    "generate again, or, where the project is kept, "
    "run `python3 -m bootstrap` in its folder."
)
AGAIN_WHEN_MENDED = f"When that is mended, {AGAIN}"
# Not all of them are on every system.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class StepFailed(Exception):
    """A step cannot be done; says why, and in its last line what to do."""

    def __init__(self, reason: str, remedy: str = AGAIN_WHEN_MENDED) -> None:
        super().__init__(f"{reason}\n{remedy}")
        self.reason = reason


@contextmanager
def told_in_words() -> Iterator[None]:
    """End with a reason and a remedy when what is inside fails or is stopped."""
    interrupt_on_signals()
    try:
        yield
    except StepFailed as failure:
        sys.exit(f"\n{failure}")
    except OSError as error:
        failure = StepFailed(f"This cannot be done: {error}")
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit(f"\nInterrupted: {AGAIN}")


def interrupt_on_signals() -> None:
    """Let each signal that asks to end do what Ctrl-C does, and but once.

    A second one would interrupt the tidying up after the first.
    """
    for number in _numbers():
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _numbers():
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _numbers() -> Iterator[signal.Signals]:
    return (getattr(signal, name) for name in SIGNALS if hasattr(signal, name))
