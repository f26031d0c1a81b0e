"""An installed project, in which tests run commands, and which they serve."""

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from mirakuru import HTTPExecutor
from port_for import select_random
from sqlalchemy import make_url

from tests.baking import User
from tests.combinations import Combination
from tests.servers import HOST, administrator, running
from tests.shared import copy_of

# Prefixes of variables that pytest and the environment of the tests set for themselves.
NOT_FOR_PROJECTS = ("PYTEST_", "PYTHON", "VIRTUAL_ENV")

TIMEOUT = 30  # seconds for a response
EXIT_LIMIT = 10  # seconds

# The database to connect to for dropping another one, and the statement that drops it.
DROPS = {
    "postgresql": ("postgres", 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)'),
    "mysql": ("information_schema", "DROP DATABASE IF EXISTS `{}`"),
}

FASTAPI_RUN = "fastapi run"
# What it starts, in less time.
UVICORN = "uvicorn app.main:app"

# One process runs several commands, because most of its time is spent on imports.
ALEMBIC = """\
import shlex, sys
from alembic.config import main
for command in sys.argv[1:]:
    main(argv=shlex.split(command))
"""

# The text before a block, the block's language, and the block.
TOLD = re.compile(r"(.*?)^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Service:
    """A running service; its log is complete after its exit."""

    url: str
    process: subprocess.Popen[str]
    log: Path


@dataclass(frozen=True)
class Installed:
    """A project in a folder, with the environment variables of its commands."""

    path: Path
    combination: Combination
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, command: str, expected: int = 0) -> str:
        """Run a command of the project's environment in its folder, and return the output.

        pytest shows the output of a failed test. An unexpected exit code fails the test.
        """
        program, *arguments = shlex.split(command)
        return self._run(command, [str(self.program(program)), *arguments], expected)

    def alembic(self, *commands: str) -> str:
        """Run commands of Alembic one after another; a failure of one fails the test."""
        shown = "; ".join(f"alembic {command}" for command in commands)
        return self._run(shown, [str(self.program("python")), "-c", ALEMBIC, *commands], 0)

    def shell(self, script: str, **variables: str) -> str:
        """Run a script in bash, which exits at the first command that fails."""
        return self._run(script, ["bash", "-euo", "pipefail", "-c", script], 0, variables)

    def _run(
        self,
        shown: str,
        command: list[str],
        expected: int,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        begun = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=self.path,
            env={**self.environment(), **variables},
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        print(f"{time.perf_counter() - begun:6.2f} s  {shown}\n{done.stdout}")
        if done.returncode != expected:
            pytest.fail(f"{shown}: exit code {done.returncode}\n{done.stdout}", pytrace=False)
        return done.stdout

    @contextmanager
    def started(self, command: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command as `run` does; kill it at the end if it still runs."""
        program, *arguments = shlex.split(command)
        process = subprocess.Popen(
            [str(self.program(program)), *arguments],
            cwd=self.path,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def instructions(self, heading: str) -> list[str]:
        """Return the bash scripts of the README below a heading of the second level."""
        readme = (self.path / "README.md").read_text(encoding="utf-8")
        section = section_of(readme, heading)
        return re.findall(r"^```bash\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)

    def follow(self, heading: str) -> None:
        """Do what the README says under a heading: run scripts, delete lines that it quotes.

        The lines of a block that is no script are of the file that the text before it names.
        """
        readme = (self.path / "README.md").read_text(encoding="utf-8")
        for before, language, block in TOLD.findall(section_of(readme, heading)):
            if language == "bash":
                self.shell(block)
            else:
                *_, name = re.findall("`(.*?)`", before)
                delete_lines(self.path / name, block.splitlines(keepends=True))

    def with_variables(self, **variables: str) -> "Installed":
        """Return the same project with these variables added to those of its commands."""
        return replace(self, variables={**self.variables, **variables})

    def program(self, name: str) -> Path:
        """Return the path of a program of the project's environment."""
        return self.path / ".venv" / "bin" / name

    @contextmanager
    def database(self) -> Iterator[None]:
        """Create the project's database if it is missing, wait for it, and drop it at the end."""
        self.run("python -m app.database create --wait 30")
        try:
            yield
        finally:
            self._drop_database()

    def _drop_database(self) -> None:
        url = self.variables.get("APP_DATABASE_URL")
        if self.combination.database in DROPS:
            assert url is not None
            drop_database(self.combination.database, url)
            return
        files = [self.path / str(make_url(url).database)] if url else self.path.glob("*.db")
        for file in files:
            for suffix in ("", "-wal", "-shm", "-lock"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def served(self, command: str = UVICORN) -> Iterator[str]:
        """Serve the project, yield its URL once it is ready, and stop it with SIGTERM.

        The service has to shut down cleanly.
        """
        with self.service(command) as service:
            yield service.url

    @contextmanager
    def service(
        self, command: str = UVICORN, waits_for: str = "/health/ready"
    ) -> Iterator[Service]:
        """Serve the project as `served` does, and yield its process as well.

        The command is one of the project's environment, and gets the host and port as
        options. The test begins when the path ``waits_for`` is answered with success.
        """
        port = select_random()
        url = f"http://{HOST}:{port}"
        program, *arguments = shlex.split(command)
        executor = partial(
            HTTPExecutor,
            [str(self.program(program)), *arguments, f"--host={HOST}", f"--port={port}"],
            url=f"{url}{waits_for}",
            method="GET",
            cwd=str(self.path),
            envvars=dict(self.variables),
        )
        log = self.path.parent / f"service-{port}.log"
        try:
            with running(executor, log) as process:
                assert process.process is not None
                yield Service(url, process.process, log)
                stopped_at = time.perf_counter()
            seconds = time.perf_counter() - stopped_at
        finally:
            print(log.read_text(encoding="utf-8"))
        clean = "Application shutdown complete" in log.read_text(encoding="utf-8")
        assert clean, "the service did not log that its shutdown was complete"
        assert seconds <= EXIT_LIMIT, f"the service took {seconds:.1f} s to end"

    def environment(self) -> dict[str, str]:
        """Return the environment variables of its commands."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(NOT_FOR_PROJECTS)
        }
        return {**inherited, **self.variables}


def install(combination: Combination, **variables: str) -> Installed:
    """Return a copy of a project that the run of the tests has generated and installed once.

    The copies share one environment, which must not change; the variables are for its
    commands.
    """
    path = copy_of(combination.slug, partial(_generate, combination))
    return Installed(path, combination, variables)


def install_anew(combination: Combination, folder: Path, **variables: str) -> Installed:
    """Generate and install a project in a folder, with an environment of its own."""
    return Installed(_generate(combination, folder), combination, variables)


def _generate(combination: Combination, folder: Path) -> Path:
    """Generate a project in a folder as a user does it, and return the project's folder."""
    user = User.in_folder(folder)
    answers = [f"{name}={answer}" for name, answer in combination.answers.items()]
    done = user.generate("--no-input", *answers)
    assert done.returncode == 0, done.stdout
    return user.folder / combination.slug


def section_of(page: str, heading: str) -> str:
    """Return what a page in Markdown has under a heading of the second level."""
    pattern = rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)"
    [section] = re.findall(pattern, page, re.MULTILINE | re.DOTALL)
    return str(section)


def delete_lines(path: Path, quoted: list[str]) -> None:
    """Delete lines of a file; each has to be there once."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for line in quoted:
        assert lines.count(line) == 1, f"{path.name} has not once: {line}"
        lines.remove(line)
    path.write_text("".join(lines), encoding="utf-8")


def drop_database(database: str, url: str) -> None:
    """Drop the database of a URL if it exists, even with open connections."""
    other, statement = DROPS[database]
    named = make_url(url)
    with administrator(named.set(database=other)).connect() as connection:
        connection.exec_driver_sql(statement.format(named.database))


def call(url: str, body: object = None, method: str | None = None) -> tuple[int, Any]:
    """Request a URL, and return the status and the body of the response.

    The request is a GET, or a POST if it has a body, which is sent as JSON.
    """
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=TIMEOUT) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, error.read().decode()
