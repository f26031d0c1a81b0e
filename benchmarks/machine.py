"""The machine: who runs on which of its cores, and what it is."""

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
    """Give the cores that this process had when it asked first."""
    return sorted(os.sched_getaffinity(0))


def share_cores() -> None:
    """Leave the first core to the service under load; all else runs on the others.

    Exits where there is only one: what measures would disturb what is measured.
    """
    if len(cores()) < 2:
        sys.exit("The benchmark needs two cores, one for the service and one for the load.")
    os.sched_setaffinity(0, cores()[1:])


def on_core(core: int, command: Iterable[str]) -> list[str]:
    """Give the command that runs a command on a core."""
    return ["taskset", "--cpu-list", str(core), *command]


def require(*programs: str) -> None:
    """Exit with a line that says what to install, unless all programs are there."""
    for program in programs:
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: install Debian's {PROGRAMS[program]}.")


def describe(more: Iterable[str] = ()) -> str:
    """Say in a line what the figures were measured on."""
    parts = [cpu_model(), f"{len(cores())} cores", f"Python {platform.python_version()}", *more]
    return ", ".join(parts)


def cpu_model() -> str:
    """Give the name of the processor."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def output_of(*command: str | Path) -> str:
    """Give what a command says. Exits with it when the command fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()
