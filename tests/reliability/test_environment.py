"""A project depends on the answers alone, not on the shell's variables or other folders.

All variables and files that could mislead a tool are present at the same time. The project
has the same bytes as elsewhere, and no file outside it changes.
"""

import os
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.baking import User, texts_of, tree
from tests.figures import Figures

NAME = "my-service"
WITH_PIP = pytest.param("pip", marks=pytest.mark.thorough)

# Another project, which the variables name.
ELSEWHERE = {
    "pyproject.toml": '[project]\nname = "elsewhere"\nversion = "1"\nrequires-python = ">=3.11"\n',
    "uv.lock": "mine",
    "ruff.toml": "line-length = 20\n",
    "alembic.ini": "[alembic]\nscript_location = elsewhere\n",
    "constraints.txt": "sqlalchemy<1\n",
    "template/hooks/mine": "mine",
    "modules/app/__init__.py": "raise SystemExit('the wrong app')\n",
    "modules/alembic.py": "raise SystemExit('the wrong Alembic')\n",
}
# Files that tools look for in the folders above their working directory.
AROUND = {
    ".env": "APP_DATABASE_URL=sqlite:///elsewhere/precious.db\n",
    ".python-version": "2.7\n",
    "alembic.ini": ELSEWHERE["alembic.ini"],
    "conftest.py": "raise SystemExit('the wrong tests')\n",
    "pyproject.toml": '[project]\nname = "around"\nversion = "1"\n[tool.ruff]\nline-length = 20\n',
    "uv.toml": 'default-index = { url = "http://127.0.0.1:9" }\nrequired-version = "<0.1"\n',
}


def hostile(folder: Path) -> dict[str, str]:
    """Return variables that name the folder, and others that change the tools' behaviour."""
    url = f"sqlite:///{folder}/precious.db"
    to_folder = (
        *("UV_PROJECT", "UV_WORKING_DIR", "UV_WORKING_DIRECTORY", "UV_PROJECT_ENVIRONMENT"),
        *("VIRTUAL_ENV", "PYTHONUSERBASE", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"),
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
    )
    switches = (
        *("UV_FROZEN", "UV_LOCKED", "UV_NO_DEV", "UV_NO_DEFAULT_GROUPS", "UV_NO_SYNC"),
        *("UV_ISOLATED", "UV_NO_PROJECT", "UV_ACTIVE", "UV_NO_INSTALL_PROJECT"),
        *("PIP_USER", "PIP_DRY_RUN", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_DEPS"),
        *("PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE", "APP_DEBUG"),
    )
    return {
        **dict.fromkeys(to_folder, str(folder)),
        **dict.fromkeys(switches, "1"),
        **dict.fromkeys(("APP_DATABASE_URL", "app_database_url", "DATABASE_URL"), url),
        "UV_RESOLUTION": "lowest",
        "UV_ENV_FILE": f"{folder}/.env",
        "UV_NO_GROUP": "dev",
        "PIP_CONSTRAINT": f"{folder}/constraints.txt",
        "PIP_PYTHON": sys.executable,
        "PYTHONHOME": sys.base_prefix,  # it would be wrong for other Pythons
        "PYTHONPATH": f"{folder}/modules",
        "GIT_INDEX_FILE": f"{folder}/index",
        "GIT_TEMPLATE_DIR": f"{folder}/template",
        "ALEMBIC_CONFIG": f"{folder}/alembic.ini",
        "RUFF_CONFIG": f"{folder}/ruff.toml",
        "RUFF_OUTPUT_FILE": f"{folder}/ruff.txt",
    }


def put(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User.in_folder(tmp_path)


@pytest.fixture
def elsewhere(user: User) -> Path:
    """The folder of a project and of a database that must not be changed."""
    folder = user.folder.parent / "elsewhere"
    put(folder, ELSEWHERE)
    with sqlite3.connect(folder / "precious.db") as connection:
        connection.execute("CREATE TABLE precious (it TEXT)")
    connection.close()
    user.run("git", "init", "--quiet", folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of the default project from an ordinary environment."""
    user = User.in_folder(tmp_path_factory.mktemp("undisturbed"))
    done = user.generate("--no-input")
    assert done.returncode == 0, done.stdout
    return texts_of(user.folder / NAME)


def around(user: User) -> dict[str, str]:
    """Return a fingerprint of the files in the user's folder outside the project."""
    files = tree(user.folder)
    return {name: each for name, each in files.items() if Path(name).parts[0] != NAME}


@pytest.mark.parametrize("tool", ["uv", WITH_PIP])
def test_variables_and_files_around_change_nothing(
    user: User, elsewhere: Path, undisturbed: dict[str, str], tool: str, figures: Figures
) -> None:
    put(user.folder, AROUND)
    before = around(user), tree(elsewhere)
    only_git = {"PATH": user.path_with("git")} if tool == "pip" else {}
    variables = hostile(elsewhere)

    done = user.generate("--no-input", changes={**variables, **only_git})

    assert done.returncode == 0, done.stdout
    assert (around(user), tree(elsewhere)) == before
    figures.note(
        "variables that lead elsewhere, given to a generation at once",
        None,
        len(variables),
        keep="max",
    )
    figures.note("files beside the project that such a generation changed", None, 0)
    project = user.folder / NAME
    files = texts_of(project)
    locked = {"uv.lock"} if tool == "pip" else set()
    assert files.keys() == undisturbed.keys() - locked
    chosen = {".python-version"}  # uv and this process may each have a Python
    differing = [name for name in files if files[name] != undisturbed[name]]
    assert [name for name in differing if name not in chosen] == []
    assert (project / ".git/HEAD").is_file()
    assert not (project / ".git/hooks/mine").exists()
    for program in ("fastapi", "pytest"):
        assert (project / ".venv/bin" / program).exists()
    check = user.run(project / ".venv/bin/python", "-m", "app.database", "check", cwd=project)
    assert check.returncode == 0, check.stdout


def test_inside_a_workspace_of_uv_it_is_its_own_root(
    user: User, undisturbed: dict[str, str]
) -> None:
    workspace = '[project]\nname = "around"\nversion = "1"\nrequires-python = ">=3.11"\n'
    members = '[tool.uv.workspace]\nmembers = ["*"]\n'
    put(user.folder, {"pyproject.toml": f"{workspace}{members}"})
    before = around(user)

    done = user.generate("--no-input")

    assert done.returncode == 0, done.stdout
    assert around(user) == before
    project = user.folder / NAME
    files = texts_of(project)
    assert [name for name in files if files[name] != undisturbed.get(name)] == []
    [hint] = [line for line in done.stdout.splitlines() if "uv workspace" in line]
    assert f"{user.folder} is a uv workspace" in hint
    prefix = user.run("uv", "run", "python", "-c", "import sys; print(sys.prefix)", cwd=project)
    assert prefix.stdout.strip() == str(project / ".venv")
    collected = user.run("uv", "run", "pytest", "--collect-only", "--quiet", cwd=project)
    assert collected.returncode == 0, collected.stdout
    assert around(user) == before

    # The workspace works as well, when its owner has followed the hint.
    put(user.folder, {"pyproject.toml": f'{workspace}{members}exclude = ["{NAME}"]\n'})
    locked = user.run("uv", "lock")
    assert locked.returncode == 0, locked.stdout


@pytest.mark.parametrize("tool", ["uv", WITH_PIP])
def test_a_driver_that_cannot_be_compiled_is_explained_first(user: User, tool: str) -> None:
    """The PATH has no compiler and no pkg-config, and the cache has no built wheel."""
    nothing_built: dict[str, str | None] = {
        "PATH": user.path_with("git", *(["uv"] if tool == "uv" else [])),
        "UV_PYTHON": sys.executable,  # without a Python on the PATH, uv would download one
        "UV_CACHE_DIR": str(user.folder.parent / "empty"),
        "PIP_NO_CACHE_DIR": "1",
        **{name: None for name in os.environ if name.startswith("MYSQLCLIENT_")},
    }
    answers = ("concurrency=sync", "database=mysql", "driver=mysqlclient")

    done = user.generate("--no-input", *answers, changes=nothing_built)

    assert done.returncode != 0
    lines = done.stdout.partition("failed\n")[2].strip().splitlines()
    assert "mysqlclient has to be compiled" in lines[0]
    assert "gcc libc6-dev libmariadb-dev pkg-config" in lines[0]
    assert "driver=pymysql needs none" in lines[0]
    assert "Specify MYSQLCLIENT_CFLAGS and MYSQLCLIENT_LDFLAGS" in done.stdout
    reason = lines[: next(n for n, line in enumerate(lines) if "install=no" in line)]
    assert len(reason) <= 17, done.stdout
    assert list(user.folder.iterdir()) == []
