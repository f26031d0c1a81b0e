"""A new value of an enum is migrated, and its downgrade succeeds when no row has it."""

from pathlib import Path

import pytest

from tests.combinations import Combination, in_turn, one_per_database
from tests.figures import Figures
from tests.installed import Installed, install
from tests.reliability.scripting import run_script
from tests.reliability.test_migrations_at_once import NEW_FILE, SERVICES

# Characters that each database escapes in its own way, and some beyond ASCII and U+FFFF.
RETURNED = 'it\'s 5% \\ "☕" :x 😀'
LONGEST = "returned to the shop where it was bought"

# A second enum, which the test adds to a model.
ROLE = """

from enum import StrEnum

from sqlalchemy import Enum


class Role(StrEnum):
    GUEST = "guest"
    HOST = "host"


User.role: Mapped[Role | None] = mapped_column(
    Enum(Role, name="role", native_enum=False, create_constraint=True, length=20)
)
"""


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(SERVICES, [], one_per_database(SERVICES)))
def test_values_of_an_enum(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **NEW_FILE | variables)

    with project.database():
        project.run("alembic upgrade head")
        edit(
            project,
            "orders/status.py",
            "\n\nTRANSITIONS",
            f"    RETURNED = {RETURNED!r}\n\n\nTRANSITIONS",
        )
        migrate_changes(project, "value")
        run_script(project, "order_with_status", "RETURNED")
        refused = project.run("alembic downgrade 0001", expected=1).splitlines()[-1]
        assert "orders.status still has values that this revision removes" in refused
        assert refused.endswith("(rows: 1): change or delete those rows first.")
        assert "No new upgrade operations" in project.run("alembic check")
        run_script(project, "order_with_status")
        up_and_down(project)

        edit(project, "orders/status.py", repr(RETURNED), repr(LONGEST))
        edit(project, "orders/models.py", 'Status, "status")', 'Status, "status", length=40)')
        migrate_changes(project, "rename")
        run_script(project, "order_with_status", "RETURNED")
        run_script(project, "order_with_status")
        up_and_down(project)

        models = project.path / "app" / "users" / "models.py"
        models.write_text(models.read_text(encoding="utf-8") + ROLE, encoding="utf-8")
        migrate_changes(project, "column")
        edit(project, "users/models.py", '"host"\n', '"host"\n    OWNER = "owner"\n')
        migrate_changes(project, "another")
        project.run("alembic downgrade -1")
        project.run("alembic upgrade head")
        assert "No new upgrade operations" in project.run("alembic check")
    figures.note("enums changed, up and down", combination, 4)


def edit(project: Installed, file: str, text: str, replacement: str) -> None:
    """Replace the first occurrence of a text in a file of the application."""
    path = project.path / "app" / file
    before = path.read_text(encoding="utf-8")
    assert text in before
    path.write_text(before.replace(text, replacement, 1), encoding="utf-8")


def migrate_changes(project: Installed, message: str) -> Path:
    """Check that Alembic detects the changes, let it write a revision, and apply that."""
    assert "New upgrade operations detected" in project.run("alembic check", expected=255)
    project.run(f"alembic revision --autogenerate --message {message}")
    [revision] = (project.path / "migrations" / "versions").glob(f"*_{message}.py")
    project.run("alembic upgrade head")
    assert "No new upgrade operations" in project.run("alembic check")
    return revision


def up_and_down(project: Installed) -> None:
    """Downgrade to the first revision, and upgrade again."""
    project.run("alembic downgrade 0001")
    project.run("alembic upgrade head")
    assert "No new upgrade operations" in project.run("alembic check")
