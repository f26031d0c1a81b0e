"""The same answers generate the same bytes, except for the secrets, which are unique.

``uv.lock`` is not compared, because it may name the package index of the machine. The record
of the answers, ``.cruft.json``, is: beside them it names the template's address and commit,
which are the same, and nothing of the machine, the folder or the time.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.baking import TOOL_FOLDERS, User, replay_with
from tests.combinations import Combination
from tests.figures import Figures

CORNERS = [
    Combination("async", "sqlite", "aiosqlite", "repository", "shop"),
    Combination("sync", "postgresql", "psycopg2", "dao", "none"),
    Combination("async", "mysql", "asyncmy", "repository", "none"),
]
TEXTS = {"project_name": "Café 💩", "description": "日本 e\u0301", "project_slug": "service"}
PASSWORD = re.compile(r"(?<=^DATABASE_PASSWORD=)\S+$", re.MULTILINE)

# Two very different machines. The second one's Python uses ASCII for files by default.
HERE = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"}
THERE = {
    "PYTHONHASHSEED": "2",
    "TZ": "Pacific/Pago_Pago",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """A user whose temporary files are also in the folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    return User.in_folder(tmp_path)


def generate(user: User, *arguments: str, changes: Mapping[str, str] | None = None) -> str:
    """Run cookiecutter's command line, check its success, and return its output."""
    done = user.generate(*arguments, changes=changes or {})
    assert done.returncode == 0, done.stdout
    return done.stdout


def arguments_for(combination: Combination, install: bool) -> list[str]:
    answers = {**combination.choices, **TEXTS, "install": "yes" if install else "no"}
    return ["--no-input", *(f"{name}={answer}" for name, answer in answers.items())]


def files_of(project: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and bytes of each file by its path, without the password in ``.env``."""
    files = {
        path.relative_to(project).as_posix(): (path.stat().st_mode, path.read_bytes())
        for path in project.rglob("*")
        if path.is_file() and not TOOL_FOLDERS.intersection(path.relative_to(project).parts)
    }
    mode, environment = files[".env"]
    files[".env"] = mode, PASSWORD.sub("secret", environment.decode()).encode()
    return {name: file for name, file in files.items() if not name.endswith((".db", "uv.lock"))}


def password_of(project: Path) -> str:
    found = PASSWORD.search((project / ".env").read_text(encoding="utf-8"))
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("combination", "install"),
    [
        *((combination, False) for combination in CORNERS),
        pytest.param(CORNERS[0], True, marks=pytest.mark.thorough),
    ],
    ids=str,
)
def test_the_same_answers_give_the_same_bytes(
    user: User, figures: Figures, combination: Combination, install: bool
) -> None:
    """Folders, time zones, locales and the order of hashes make no difference."""
    # Where Python decodes its arguments as ASCII, only a file can hold other letters.
    replay = replay_with(user, {**combination.choices, **TEXTS, "install": install})
    projects = []
    for name, changes in (("here", HERE), ("a folder far away", THERE)):
        folder = user.folder / name
        generate(user, f"--replay-file={replay}", f"--output-dir={folder}", changes=changes)
        projects.append(files_of(folder / "service"))

    first, second = projects
    assert first.keys() == second.keys()
    assert ("migrations/versions/0001_initial_schema.py" in first) == install
    different = [name for name in first if first[name] != second[name]]
    figures.note("files compared between two generations", None, len(first))
    figures.note("files that differ between two generations", None, len(different))
    assert different == []


def test_no_two_projects_share_a_secret(user: User, figures: Figures) -> None:
    """Projects have different secrets even if a replay or a copy of its file made them."""
    replay = replay_with(user, {**CORNERS[1].choices, **TEXTS})
    ways = [arguments_for(CORNERS[1], False)] * 3 + [["--replay"], [f"--replay-file={replay}"]] * 2

    secrets = []
    for number, arguments in enumerate(ways):
        folder = user.folder / str(number)
        generate(user, *arguments, f"--output-dir={folder}")
        secrets.append(password_of(folder / "service"))

    shared = len(secrets) - len(set(secrets))
    figures.note("secrets that two projects share", None, shared)
    assert shared == 0


@pytest.mark.thorough
@pytest.mark.parametrize("combination", CORNERS[1:], ids=str)
def test_a_secret_is_in_the_env_file_alone(
    user: User, figures: Figures, combination: Combination
) -> None:
    """No output, stored file, replay or response has it, and only the owner can read .env."""
    before = os.umask(0)
    try:
        shown = generate(user, *arguments_for(combination, True))
    finally:
        os.umask(before)

    project = user.folder / "service"
    environment = project / ".env"
    secret = password_of(project)
    assert secret not in shown
    assert secret not in openapi_of(user, project)
    holders = [path for path in files_below(user.folder.parent) if holds(path, secret)]
    figures.note("secrets found outside of .env", None, len(holders) - 1)
    assert holders == [environment]
    assert environment.stat().st_mode & 0o777 == 0o600
    assert_ignored_by_git(user, project)


def files_below(folder: Path) -> list[Path]:
    """Return all files except those of the installed packages."""
    return [path for path in folder.rglob("*") if path.is_file() and ".venv" not in path.parts]


def holds(path: Path, secret: str) -> bool:
    return secret.encode() in path.read_bytes()


def openapi_of(user: User, project: Path) -> str:
    script = "import json; from app.main import app; print(json.dumps(app.openapi()))"
    done = user.run(project / ".venv/bin/python", "-c", script, cwd=project)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["info"]["title"] == TEXTS["project_name"]
    return done.stdout


def assert_ignored_by_git(user: User, project: Path) -> None:
    """Check that git ignores ``.env``, and that ``git add .`` does not add it."""
    assert user.run("git", "check-ignore", ".env", cwd=project).stdout == ".env\n"
    assert user.run("git", "add", ".", cwd=project).returncode == 0
    listed = user.run("git", "ls-files", cwd=project).stdout.splitlines()
    assert ".env.example" in listed
    assert ".env" not in listed
