"""Saying what is done while it is done, and how long it took; running commands."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bootstrap.endings import StepFailed

WIDTH = 52

# Alone in its session, a command can be ended with all that it has started.
ALONE = {"start_new_session": os.name == "posix"}


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


def run(command: list[str], *, shown: bool = False) -> None:
    """Run a command, its output shown or kept. Raises StepFailed when it fails.

    The failure names the command, with its output where that was kept. Nothing of the
    command goes on when it is interrupted.
    """
    try:
        process = subprocess.Popen(
            command,
            text=True,
            errors="replace",
            stdout=None if shown else subprocess.PIPE,
            stderr=None if shown else subprocess.STDOUT,
            **ALONE,
        )
    except OSError as error:
        raise StepFailed(_failure(command, str(error))) from error
    with process:
        try:
            output, _ = process.communicate()
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        reason = _failure(command, _ending(process.returncode))
        raise StepFailed(f"{output or ''}\n{reason}")


def _failure(command: list[str], why: str) -> str:
    return f"This command failed: {' '.join(command)} ({why})"


def _ending(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _end(process: subprocess.Popen[str]) -> None:
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
