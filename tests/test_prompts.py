"""Answers come from a terminal, the command line or a replay file; templates also from git."""

import json
import re
from pathlib import Path

import pytest

from tests.baking import User
from tests.cloning import Clone
from tests.combinations import CONTEXT
from tests.terminal import answer_at_terminal

PROMPTS = CONTEXT["__prompts__"]
QUESTIONS = {
    name: prompt["__prompt__"] if isinstance(prompt, dict) else prompt
    for name, prompt in PROMPTS.items()
}
LABELS = [
    label
    for prompt in PROMPTS.values()
    if isinstance(prompt, dict)
    for name, label in prompt.items()
    if name != "__prompt__"
]


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User.in_folder(tmp_path)


def traits_of(project: Path) -> tuple[str, str, str]:
    """Return the URL's scheme, the file of the data access and the sample of a project."""
    environment = (project / ".env").read_text(encoding="utf-8")
    scheme = re.search(r"APP_DATABASE_URL=(\S+?)://", environment)
    assert scheme is not None
    (style,) = {"dao.py", "repository.py"} & {
        path.name for path in (project / "app/users").iterdir()
    }
    sample = "shop" if (project / "app/orders").exists() else "none"
    return scheme[1], style, sample


@pytest.mark.parametrize(
    ("answers", "made"),
    [
        # The choices are selected by number, and the default driver by Enter.
        ({"concurrency": "2", "data_access": "2"}, ("sqlite+pysqlite", "dao.py", "shop")),
        # The driver is typed, since it is not the default.
        ({"database": "2", "driver": "psycopg"}, ("postgresql+psycopg", "repository.py", "shop")),
        (
            {"concurrency": "2", "database": "3", "driver": "mysqlclient", "data_access": "2"},
            ("mysql+mysqldb", "dao.py", "shop"),
        ),
        ({"database": "3", "sample": "2"}, ("mysql+asyncmy", "repository.py", "none")),
    ],
    ids=str,
)
def test_answers_at_a_terminal(
    user: User, answers: dict[str, str], made: tuple[str, str, str]
) -> None:
    names = {"project_name": "Café Orders", "install": "n"}

    shown = answer_at_terminal(user, names | answers)

    assert traits_of(user.folder / "cafe-orders") == made
    for words in (*QUESTIONS.values(), *LABELS):
        assert words in shown


def test_enter_at_every_question_installs_the_default_project(user: User) -> None:
    shown = answer_at_terminal(user, {})

    project = user.folder / "my-service"
    assert traits_of(project) == ("sqlite+aiosqlite", "repository.py", "shop")
    assert (project / "my_service.db").exists()
    steps = [name for name in ("environment", "alembic init", "git init") if name in shown]
    assert len(steps) == 3
    assert "Next steps" in shown


def test_a_wrong_driver_at_a_terminal_is_refused(user: User) -> None:
    with pytest.raises(AssertionError, match="does not fit async sqlite: use aiosqlite"):
        answer_at_terminal(user, {"driver": "asyncpg", "install": "n"})

    assert list(user.folder.iterdir()) == []


def test_pages_for_admins_without_sign_in_are_refused_at_a_terminal(user: User) -> None:
    with pytest.raises(AssertionError, match="use auth jwt, or no admin"):
        answer_at_terminal(user, {"admin": "y", "install": "n"})

    assert list(user.folder.iterdir()) == []


def test_answers_on_the_command_line(user: User) -> None:
    done = user.generate(
        "--no-input",
        "install=no",
        "project_name=Orders",
        "concurrency=sync",
        "database=postgresql",
        "driver=psycopg2",
        "data_access=dao",
        "sample=none",
    )

    assert done.returncode == 0, done.stdout
    assert traits_of(user.folder / "orders") == ("postgresql+psycopg2", "dao.py", "none")


def test_answers_of_the_users_own_configuration(user: User) -> None:
    config = Path(user.environment["COOKIECUTTER_CONFIG"])
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["default_context"] = {"full_name": "Ann Lee", "email": "ann@example.com"}
    config.write_text(json.dumps(settings), encoding="utf-8")

    done = user.generate("--no-input", "install=no")

    assert done.returncode == 0, done.stdout
    pyproject = (user.folder / "my-service/pyproject.toml").read_text(encoding="utf-8")
    assert '{ name = "Ann Lee", email = "ann@example.com" }' in pyproject


def test_answers_are_replayed(user: User) -> None:
    """`cookiecutter --replay` generates the same project again, also after --no-input."""
    user.generate("--no-input", "install=no", "database=mysql", "driver=aiomysql")
    first = user.folder / "my-service"
    assert traits_of(first) == ("mysql+aiomysql", "repository.py", "shop")
    first.rename(user.folder / "first")

    done = user.generate("--replay")

    assert done.returncode == 0, done.stdout
    assert traits_of(first) == ("mysql+aiomysql", "repository.py", "shop")


def test_no_secret_is_kept_with_the_answers(user: User) -> None:
    user.generate("--no-input", "install=no", "database=postgresql")

    environment = (user.folder / "my-service/.env").read_text(encoding="utf-8")
    password = re.search(r"^DATABASE_PASSWORD=(\S+)$", environment, re.MULTILINE)

    assert password is not None
    assert password[1] not in user.replay_file.read_text(encoding="utf-8")


def test_a_template_out_of_git(user: User) -> None:
    clone = Clone.of_work_tree(user.folder.parent / "cookiecutter-fastapi-sqlalchemy")

    done = user.generate("--no-input", "install=no", template=f"file://{clone.folder}")

    assert done.returncode == 0, done.stdout
    assert traits_of(user.folder / "my-service") == (
        "sqlite+aiosqlite",
        "repository.py",
        "shop",
    )
