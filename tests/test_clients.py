"""Clients that generators make of the service's OpenAPI: complete, typed, and they work."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.combinations import TEMPLATE, Combination
from tests.installed import call, install
from tests.node import node_modules

__all__ = ["node_modules"]  # a fixture

SHOPS = [
    Combination("async", "sqlite", "aiosqlite", "repository", "shop"),
    Combination("sync", "postgresql", "psycopg", "dao", "shop"),
]

WALKS = TEMPLATE / "tests" / "clients"

# The generator's own module, the same for every service, is not strictly typed.
MYPY = """\
[mypy]
strict = true
[mypy-shop_client.client]
disable_error_code = arg-type
"""

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("combination", SHOPS, ids=str)
def test_generated_clients_are_complete_typed_and_work(
    combination: Combination,
    variables: dict[str, str],
    node_modules: Path,
    mypy_cache: str,
    tmp_path: Path,
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("python -m app.database upgrade")
        with project.served() as url:
            document = fetch_openapi(url, tmp_path)
            make_typescript_client(document, node_modules / ".bin")
            make_python_client(document, mypy_cache)
            expect_silence(run(sys.executable, "walk.py", url, folder=tmp_path))


def fetch_openapi(url: str, folder: Path) -> Path:
    """Write the OpenAPI of the service into a folder, as a file."""
    status, document = call(f"{url}/openapi.json")
    assert status == 200
    file = folder / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def make_typescript_client(document: Path, programs: Path) -> None:
    """Make types with openapi-typescript, and check what uses them."""
    folder = document.parent
    shutil.copy2(WALKS / "walk.ts", folder)
    generator = str(programs / "openapi-typescript")
    made = run(generator, document.name, "--output=service.d.ts", folder=folder)
    assert (made.returncode, made.stderr) == (0, ""), made
    compiler = str(programs / "tsc")
    expect_silence(run(compiler, "--noEmit", "--strict", "walk.ts", folder=folder))


def make_python_client(document: Path, mypy_cache: str) -> None:
    """Make a client with openapi-python-client, and check the types of all that uses it."""
    folder = document.parent
    shutil.copy2(WALKS / "walk.py", folder)
    (folder / "mypy.ini").write_text(MYPY, encoding="utf-8")
    generator = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    options = [f"--path={document.name}", "--output-path=shop_client", "--meta=none"]
    made = run(*generator, *options, folder=folder)
    assert (made.returncode, "warning" in made.stdout.lower()) == (0, False), made
    types = run(
        *(sys.executable, "-m", "mypy", "walk.py", "shop_client"),
        folder=folder,
        variables={"MYPY_CACHE_DIR": mypy_cache},
    )
    assert types.returncode == 0, types.stdout


def run(
    *command: str, folder: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; it finds the programs of this Python's environment."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **(variables or {})},
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def expect_silence(done: subprocess.CompletedProcess[str]) -> None:
    """Expect success, and that there was nothing to say."""
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
