"""What the Dockerfile of a project makes, as far as that can be made without Docker.

The packages of the build stage are installed in a folder of the machine, by the same lines,
and its commands run there with what a container has: a root file system that is only read,
and a user who is a number. The base images and Debian's packages are not tried.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.combinations import CONTEXT
from tests.installed import Installed

USER = 10001
# Nothing can be written but in the folders of the first two arguments, and no user is known
# by the number. /tmp is that of the machine, and only read: /var/tmp takes its place.
CONTAINED = f"""\
mount --bind "$1" "$1"
mount -t tmpfs tmpfs /var/tmp
mount -o remount,bind,ro /
shift
exec unshare --user --map-user={USER} --map-group={USER} "$@"
"""


@dataclass(frozen=True)
class Container(Installed):
    """A project whose commands run as in its container."""

    def program(self, name: str) -> Path:
        """Return the path of a script that runs a program of the image in a container."""
        script = self.path.parent / f"contained-{name}"
        program = self.path / ".venv" / "bin" / name
        command = ["unshare", "--mount", "sh", "-euc", CONTAINED, "sh", self.path / "data", program]
        line = shlex.join(map(str, command))
        script.write_text(f'#!/bin/sh\nexec {line} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        return script


def is_possible() -> bool:
    """Return whether this machine lets the tests make such containers."""
    return os.getuid() == 0 and shutil.which("unshare") is not None


def container_of(project: Installed, folder: Path) -> Container:
    """Do what the Dockerfile says in a new folder, and return the container of its image."""
    build, final = instructions(project.path)
    image = folder / "srv"
    image.mkdir()
    for line in build:
        done = follow(line, project, image)
        assert done.returncode == 0, done.stdout
    taken = {"data"}
    for line in final:
        if line.startswith("COPY --from=build"):
            taken.add(line.split()[-1])
        elif line.startswith("COPY"):
            follow(line, project, image)
            taken |= set(line.split()[1:-1])
    for path in image.iterdir():
        if path.name not in taken:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (image / "data").mkdir()
    url = project.variables.get("APP_DATABASE_URL")
    if project.combination.database == "sqlite":
        scheme = CONTEXT["_drivers"][project.combination.driver]["scheme"]
        url = f"{scheme}:///{image}/data/service.db"
    assert url is not None
    variables = {"APP_DATABASE_URL": url, "APP_ENVIRONMENT": "development"}
    return Container(image, project.combination, variables)


def instructions(project: Path) -> list[list[str]]:
    """Return the lines of the two stages of the Dockerfile, each with its continuations."""
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    _, build, final = re.split(r"^FROM .*$", joined, flags=re.MULTILINE)[1:]
    return [[line for line in stage.splitlines() if line] for stage in (build, final)]


def follow(line: str, project: Installed, folder: Path) -> subprocess.CompletedProcess[str]:
    """Do what one instruction says: copy from the project, or run a command in the folder."""
    instruction, _, rest = line.partition(" ")
    script = ":"
    if instruction == "COPY" and not rest.startswith("--from"):
        *sources, target = rest.split()
        found = [path for name in sources for path in project.path.glob(name)]
        script = f"cp --recursive {shlex.join(map(str, found))} {target}"
    elif instruction == "RUN" and "apt-get" not in rest:
        script = re.sub(r"--mount=\S+ ", "", rest)
    elif instruction == "ENV":
        (folder.parent / "environment").write_text(rest, encoding="utf-8")
    environment = folder.parent / "environment"
    settings = environment.read_text(encoding="utf-8").split() if environment.exists() else []
    return subprocess.run(
        ["sh", "-euc", script],
        cwd=folder,
        env={**project.environment(), **dict(each.split("=", 1) for each in settings)},
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def command_of(project: Path) -> str:
    """Return the command with which a container of a project serves."""
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    [command] = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    return shlex.join(json.loads(command))


def migration_of(project: Path) -> str:
    """Return the command of the service of compose.yaml that migrates."""
    compose = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))
    return shlex.join(compose["services"]["migrate"]["command"])
