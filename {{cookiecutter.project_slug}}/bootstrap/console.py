"""Progress output with the duration of each step, and running of commands."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bootstrap.endings import StepFailed

WIDTH = 52

# A command in a session of its own can be killed with all processes that it has started.
OWN_SESSION = {"start_new_session": os.name == "posix"}


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name of a step and, when it is done, its duration in seconds."""
    print(f"  {name} ".ljust(WIDTH, "."), end=" ", flush=True)
    begun = time.perf_counter()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.perf_counter() - begun:5.2f} s", flush=True)


def run(command: list[str], *, shown: bool = False) -> None:
    """Run a command, and show or capture its output. Raise StepFailed when it fails.

    The failure names the command and includes captured output. On an interrupt, the
    command and all processes that it has started are killed.
    """
    try:
        process = subprocess.Popen(
            command,
            text=True,
            errors="replace",
            stdout=None if shown else subprocess.PIPE,
            stderr=None if shown else subprocess.STDOUT,
            **OWN_SESSION,
        )
    except OSError as error:
        raise StepFailed(_failure(command, str(error))) from error
    with process:
        try:
            output, _ = process.communicate()
        except BaseException:
            _kill(process)
            raise
    if process.returncode:
        reason = _failure(command, _exit_reason(process.returncode))
        raise StepFailed(f"{output or ''}\n{reason}")


def _failure(command: list[str], reason: str) -> str:
    return f"This command failed: {' '.join(command)} ({reason})"


def _exit_reason(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _kill(process: subprocess.Popen[str]) -> None:
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
