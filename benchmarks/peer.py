"""The peer: the application that fastapi-template (PyPI) generates, where that works."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.operations import BY_NAME
from benchmarks.projects import clean_environment
from benchmarks.services import Application

NAME = "fastapi-template (peer)"
GENERATE = ("uvx", "--from", "fastapi-template", "fastapi_template", "--quiet", "--name=peer")
FEATURES = ("--api-type=rest", "--db=postgresql", "--orm=sqlalchemy", "--ci=none")

SHOP = Path(__file__).parent / "apps" / "peer_shop.py"
# The peer has no shop; apps/peer_shop.py adds one.
REQUESTS = {name: BY_NAME[name].request for name in ("user", "users", "category")}


class NoPeer(Exception):
    """Raised when the peer is not available here; the message is the reason."""


def make_peer(folder: Path, database_url: str) -> Application:
    """Generate the peer and its environment. Raise NoPeer where that fails.

    It uses the migrated and filled database of the generated projects.
    """
    project = folder / "peer"
    # Its own installer requires a Python that may be missing, so it runs on this one.
    _run([*GENERATE, *FEATURES], folder, UV_PYTHON_DOWNLOADS="never")
    _run(["uv", "venv", f"--python={sys.executable}"], project)
    _run(["uv", "pip", "install", "--requirement=pyproject.toml"], project)
    shutil.copy(SHOP, project)
    python = str(project / ".venv" / "bin" / "python")
    target = f"{SHOP.stem}:get_app"
    return Application(NAME, python, target, project, _variables(database_url), REQUESTS)


def _variables(database_url: str) -> dict[str, str]:
    address = urlsplit(database_url)
    return {
        "PEER_DB_HOST": str(address.hostname),
        "PEER_DB_PORT": str(address.port),
        "PEER_DB_USER": str(address.username),
        "PEER_DB_PASS": "trusted",  # the server does not check it
        "PEER_DB_BASE": address.path.removeprefix("/"),
    }


def _run(command: Sequence[str], folder: Path, **variables: str) -> None:
    environment = {**clean_environment(), **variables}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise NoPeer(str(error)) from error
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise NoPeer(f"{' '.join(command)}: {' '.join(last)}")
