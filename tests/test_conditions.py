"""Generation where something is missing or in the way: it succeeds, or reports the reason."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.baking import COOKIECUTTER, Cookies, User, bake, texts_of, tree
from tests.combinations import TEMPLATE

NAME = "my-service"


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User.in_folder(tmp_path)


def assert_serves(user: User, project: Path) -> None:
    """Check that the database is migrated, and that the programs of the next steps exist."""
    for program in ("fastapi", "pytest"):
        assert (project / ".venv/bin" / program).exists()
    check = user.run(project / ".venv/bin/python", "-m", "app.database", "check", cwd=project)
    assert check.returncode == 0, check.stdout


def test_a_project_is_left_clean(user: User) -> None:
    done = user.generate("--no-input")

    assert done.returncode == 0, done.stdout
    project = user.folder / NAME
    assert_serves(user, project)
    assert not (project / "bootstrap").exists()
    assert (project / ".env").stat().st_mode & 0o777 == 0o600
    status = user.run("git", "status", "--porcelain", "--untracked-files=all", cwd=project)
    listed = {line[3:] for line in status.stdout.splitlines()}
    assert listed == set(texts_of(project)) - {".env"}
    ignored = user.run("git", "check-ignore", ".env", ".venv", "my_service.db", cwd=project)
    assert ignored.stdout.splitlines() == [".env", ".venv", "my_service.db"]


def test_finishing_later_gives_the_same_files(user: User) -> None:
    user.generate("--no-input", "--output-dir=at-once")
    done = user.generate("--no-input", "--output-dir=later", "install=no")
    at_once, later = user.folder / "at-once" / NAME, user.folder / "later" / NAME
    command = re.search(r"&& (python3? -m bootstrap)$", done.stdout.strip())
    assert command is not None, done.stdout
    assert not (later / ".venv").exists()

    finished = user.run(*command[1].split(), cwd=later)

    assert finished.returncode == 0, finished.stdout
    assert texts_of(later) == texts_of(at_once)
    assert_serves(user, later)


@pytest.mark.thorough
def test_without_uv_there_is_venv_and_pip(user: User) -> None:
    done = user.generate("--no-input", changes={"PATH": user.path_with("git")})

    assert done.returncode == 0, done.stdout
    assert "pip install" in done.stdout
    assert ".venv/bin/fastapi dev" in done.stdout
    assert "uv run" not in done.stdout.partition("Next steps")[2]
    assert_serves(user, user.folder / NAME)


def test_without_git_there_is_no_repository(user: User) -> None:
    # Without a Python on the PATH, uv would download one.
    changes = {"PATH": user.path_with("uv"), "UV_PYTHON": sys.executable}

    done = user.generate("--no-input", changes=changes)

    assert done.returncode == 0, done.stdout
    assert "git is not installed: no repository made" in done.stdout
    assert not (user.folder / NAME / ".git").exists()
    assert_serves(user, user.folder / NAME)


def test_inside_a_work_tree_no_repository_is_made(user: User) -> None:
    user.run("git", "init")

    done = user.generate("--no-input")

    assert done.returncode == 0, done.stdout
    assert "already inside a git work tree: no repository made" in done.stdout
    assert not (user.folder / NAME / ".git").exists()
    status = user.run("git", "status", "--porcelain")
    assert status.stdout == f"?? {NAME}/\n"


def test_an_existing_folder_is_refused_and_untouched(user: User) -> None:
    project = user.folder / NAME
    project.mkdir()
    (project / "precious.txt").write_text("mine", encoding="utf-8")
    before = tree(user.folder)

    done = user.generate("--no-input")

    assert done.returncode != 0
    assert done.stdout == f'Error: "{NAME}" directory already exists\n'
    assert tree(user.folder) == before


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_without_network_the_remedy_is_shown(user: User, tool: str) -> None:
    offline: dict[str, dict[str, str | None]] = {
        "uv": {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(user.folder.parent / "empty")},
        "pip": {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": None, "PATH": user.path_with("git")},
    }

    done = user.generate("--no-input", changes=offline[tool])

    assert done.returncode != 0
    assert f"{tool} {'sync' if tool == 'uv' else 'install'}" in done.stdout
    remedies = [line for line in done.stdout.splitlines() if "install=no" in line]
    assert len(remedies) == 1
    assert "python3 -m bootstrap" in remedies[0]
    assert list(user.folder.iterdir()) == []


def test_a_project_that_cannot_be_finished_can_be_finished_later(user: User) -> None:
    """A bootstrap that fails is kept, and succeeds when the network is back."""
    user.generate("--no-input", "install=no")
    project = user.folder / NAME
    bootstrap = [sys.executable, "-m", "bootstrap"]
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(user.folder.parent / "empty")}

    failed = user.run(*bootstrap, cwd=project, changes=offline)
    assert failed.returncode == 1
    assert "Traceback" not in failed.stdout

    finished = user.run(*bootstrap, cwd=project)
    assert finished.returncode == 0, finished.stdout
    assert_serves(user, project)


def test_an_old_python_without_uv_is_refused(user: User) -> None:
    """The refusal is one sentence. The version is faked, as no old Python may be installed."""
    user.generate("--no-input", "install=no")
    pretend = (
        "import sys; sys.version_info = (3, 10, 13); sys.version = '3.10.13 (main)';"
        "sys.modules['tomllib'] = None;"
        "from bootstrap.__main__ import main; main()"
    )

    done = user.run(
        sys.executable,
        "-c",
        pretend,
        cwd=user.folder / NAME,
        changes={"PATH": user.path_with("git")},
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert re.search(r"^Python 3\.11 or newer is needed.*3\.10\.13", done.stdout, re.MULTILINE)
    assert not (user.folder / NAME / ".venv").exists()


@pytest.mark.parametrize("no_input", [["--no-input", "install=no"], []])
def test_standard_input_may_be_closed(user: User, no_input: list[str]) -> None:
    """Questions that nobody can answer leave no file; without questions a project is made."""
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *COOKIECUTTER, str(TEMPLATE), *no_input]

    done = user.run(*command)

    assert (done.returncode == 0) == bool(no_input), done.stdout
    assert [path.name for path in user.folder.iterdir()] == ([NAME] if no_input else [])


POSIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
POSIX_CALLS = {"chmod", "chown", "fork", "geteuid", "getuid", "lchown", "mkfifo", "umask"}
POSIX_CALLS |= {"symlink_to", "symlink", "hardlink_to", "link", "killpg", "setsid"}
SHELL_CALLS = {"system", "popen", "getoutput", "getstatusoutput"}


def test_windows_users_can_generate(cookies: Cookies) -> None:
    folders = (TEMPLATE / "hooks", bake(cookies) / "bootstrap")
    sources = [path for folder in folders for path in folder.rglob("*.py")]

    assert len(sources) >= 5
    for path in sources:
        assert list(_posix_only(path.read_text(encoding="utf-8"))) == [], path


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "from pwd import getpwnam",
        "path.chmod(0o600)",
        "if os.name == 'nt':\n    path.chmod(0o600)",
        "if os.name == 'posix':\n    pass\nelse:\n    path.chmod(0o600)",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.run(['sh', '-c', 'ls'])",
        "Path('/tmp')",
        "open('/dev/null')",
    ],
)
def test_posix_only_code_is_detected(source: str) -> None:
    assert list(_posix_only(source))


def test_a_guarded_chmod_is_fine() -> None:
    assert list(_posix_only("if os.name == 'posix':\n    path.chmod(0o600)")) == []


def _posix_only(source: str) -> Iterator[str]:
    """Yield what works on POSIX alone, unless it is guarded by the name of the system."""
    module = ast.parse(source)
    guarded = {
        node
        for guard in ast.walk(module)
        if isinstance(guard, ast.If) and ast.unparse(guard.test) == "os.name == 'posix'"
        for statement in guard.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(module):
        if node not in guarded:
            yield from _posix_names(node)


def _posix_names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (name.name for name in names if name.name in POSIX_MODULES)
        case ast.ImportFrom(module=str(name)) if name in POSIX_MODULES:
            yield name
        case ast.Attribute(attr=name) if name in POSIX_CALLS | SHELL_CALLS:
            yield name
        case ast.keyword(arg="shell" | "preexec_fn" | "start_new_session" as name):
            yield name
        case ast.Constant(value=str(text)) if re.match(r"/(bin|dev|etc|tmp|usr)\b|(ba)?sh$", text):
            yield text
