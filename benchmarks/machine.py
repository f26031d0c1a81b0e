"""The machine: the assignment of its cores, and its description."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PROGRAMS = {"wrk": "wrk", "taskset": "util-linux", "uv": "uv (pip install uv)"}


@cache
def cores() -> list[int]:
    """Return the cores that this process had at the first call."""
    return sorted(os.sched_getaffinity(0))


def share_cores() -> None:
    """Reserve the first core for the service under load; all else runs on the others.

    Exit where there is only one, because the load would disturb the measured service.
    """
    if len(cores()) < 2:
        sys.exit("The benchmark needs two cores, one for the service and one for the load.")
    os.sched_setaffinity(0, cores()[1:])


def on_core(core: int, command: Iterable[str]) -> list[str]:
    """Return the command that runs a command on a core."""
    return ["taskset", "--cpu-list", str(core), *command]


def require(*programs: str) -> None:
    """Exit with a line that says what to install, unless all programs are installed."""
    for program in programs:
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: install Debian's {PROGRAMS[program]}.")


def describe(more: Iterable[str] = ()) -> str:
    """Return a line that describes the machine of the measurements."""
    parts = [cpu_model(), f"{len(cores())} cores", f"Python {platform.python_version()}", *more]
    return ", ".join(parts)


def cpu_model() -> str:
    """Return the name of the processor."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def output_of(*command: str | Path) -> str:
    """Return the output of a command. Exit with it when the command fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()
