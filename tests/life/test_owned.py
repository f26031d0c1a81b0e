"""Features whose rows belong to users, or that a role writes, as add-feature has made them."""

import pytest

from tests.combinations import Combination, in_turn
from tests.installed import install
from tests.life.features import add_feature, check_migrations

PROJECTS = [
    Combination("async", "sqlite", "aiosqlite", "repository", "shop", auth="jwt"),
    Combination("sync", "mysql", "pymysql", "dao", "none", "mariadb", auth="jwt"),
]

LABELS = ["labels", "name:str(50):unique", "--write-role", "admin"]
# With a list, and with what refers to rows of others or of the same users.
NOTES = ["notes", "title:str(200) labels:many(labels) parent:notes?", "--owned-by", "users"]
LINKS = """{"name": "links", "owned_by": "users", "write_role": "user",
    "fields": ["note:notes:cascade", "label:labels?", "url:str(80):unique", "kind:enum(a,b)"]}"""
# The singular, who owns them, who writes them, and a field.
TIPS = ["", "n", "user", "body", "text", "n", "", "no", ""]
# What staff write, though each of them sees all.
BILLS = ["bills", "amount:money", "--owned-by", "users", "--write-role", "staff"]


@pytest.mark.thorough
@pytest.mark.parametrize("combination", in_turn(PROJECTS, [], PROJECTS[:1]))
def test_features_of_users_are_as_written_by_hand(
    combination: Combination, variables: dict[str, str]
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.alembic("upgrade head")
        add_feature(project.path, *LABELS, "--force")
        add_feature(project.path, *NOTES, "--force")
        check_migrations(project)
        add_feature(project.path, "--from-json", "-", "--force", text=LINKS)
        add_feature(project.path, "tips", "--force", text="\n".join([*TIPS, ""]))
        add_feature(project.path, *BILLS, "--force")
        check_migrations(project)
        project.run("ruff format --check --quiet")
        project.run("ruff check --quiet")
        project.run("mypy")
        project.run("pytest tests/api")

    rules = [(project.path / f"tests/access/{name}.py").read_text() for name in ("notes", "tips")]
    assert not any("STAFF" in text for text in rules)
