"""A release is rolled out and back, with the schema changes that docs/migrations.md shows."""

import re
from pathlib import Path

import pytest

from tests.combinations import Combination, in_turn, one_per_database
from tests.figures import Figures
from tests.installed import Installed, call, install
from tests.reliability.scripting import run_script
from tests.reliability.test_migrations_at_once import NEW_FILE, SERVICES

USERS = 2_500  # two and a half batches
EMPTY_REVISION = re.compile(r"^def upgrade\(\) -> None:\n    pass\n.*\Z", re.MULTILINE | re.DOTALL)
UPGRADE = "python -m app.database upgrade"
AHEAD = "the schema is ahead"


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(SERVICES, [], one_per_database(SERVICES)[1:]))
def test_a_release_is_rolled_out_and_back(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **NEW_FILE | variables)
    expand, fill, contract, insert = printed(project, "def upgrade")
    nullable, required = re.findall("^    display_name: .*$", document(project), re.MULTILINE)
    [plan] = printed(project, "class Plan")

    with project.database():
        project.run(UPGRADE)
        with project.served() as old:
            newer = [write_revision(project, "expand", expand)]
            project.run(UPGRADE)
            serves(old, "ann")  # this process knows only the old revisions
        set_aside(newer)
        rolled_back(project)
        figures.note("old releases that served a newer schema", combination, 2)
        put_back(newer)

        run_script(project, "many_users", str(USERS))
        change_models(project, nullable)
        project.run("alembic check")
        write_revision(project, "fill", fill)
        project.run(UPGRADE)
        assert run_script(project, "display_names") == {"users": USERS + 2, "filled": USERS + 2}

        change_models(project, required, instead_of=nullable)
        write_revision(project, "contract", contract)
        add_model(project, plan)
        project.run(UPGRADE)
        project.run("alembic revision --autogenerate -m plans")
        write_revision(project, "insert", insert)
        project.run(UPGRADE)
        for command in ("check", "downgrade 0001", "upgrade head", "check"):
            project.run(f"alembic {command}")


def document(project: Installed) -> str:
    """Return the page on migrations."""
    return (project.path / "docs" / "migrations.md").read_text(encoding="utf-8")


def printed(project: Installed, word: str) -> list[str]:
    """Return the code blocks of the page that hold a word."""
    blocks = re.findall(r"^```python\n(.*?)^```$", document(project), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if word in block]


def write_revision(project: Installed, message: str, code: str) -> Path:
    """Write a revision with code of the page, and return its file."""
    project.run(f"alembic revision --message {message} --head head")
    [path] = (project.path / "migrations" / "versions").glob(f"*_{message}.py")
    empty = path.read_text(encoding="utf-8")
    assert EMPTY_REVISION.search(empty)
    imports = "import sqlalchemy as sa\nfrom alembic import op\n"
    head = EMPTY_REVISION.sub("", empty).replace(imports, "")
    path.write_text(head.replace("\nrevision: ", f"\n{imports}\nrevision: ") + code, "utf-8")
    return path


def set_aside(revisions: list[Path]) -> None:
    """Hide revisions of a project, which is then the old release."""
    for path in revisions:
        path.rename(path.with_suffix(".newer"))


def put_back(revisions: list[Path]) -> None:
    for path in revisions:
        path.with_suffix(".newer").rename(path)


def rolled_back(project: Installed) -> None:
    """Start the old release on the newer schema, as its container does."""
    assert AHEAD in project.run(UPGRADE)
    assert AHEAD in project.run("python -m app.database check")
    with project.served() as old:
        serves(old, "bob")


def serves(url: str, name: str) -> None:
    """Check that a release is ready on a schema ahead of it, and reads and writes."""
    assert call(f"{url}/health/ready")[1]["schema_state"] == "ahead"
    body = {"username": name, "email": f"{name}@example.com", "password": "correct horse"}
    assert call(f"{url}/api/v1/users", body)[0] == 201
    assert call(f"{url}/api/v1/users?search={name}")[1]["total"] == 1


def change_models(project: Installed, line: str, instead_of: str = "") -> None:
    """Insert a line into the model of users, or replace one."""
    path = project.path / "app" / "users" / "models.py"
    text = path.read_text(encoding="utf-8")
    before = instead_of or "    username: "
    after = line if instead_of else f"{line}\n{before}"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def add_model(project: Installed, code: str) -> None:
    """Append a model to the module of users."""
    with (project.path / "app" / "users" / "models.py").open("a", encoding="utf-8") as file:
        file.write(f"\n\n{code}")
