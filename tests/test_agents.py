"""AGENTS.md is short, what it names is there, and its commands work in a row."""

import re
import sys

import pytest

from tests.baking import Cookies, bake
from tests.combinations import SIGN_IN, TEMPLATE, Combination
from tests.installed import install, section_of
from tests.life.features import commit, git

LINES = 80
PAGE = "AGENTS.md"
SQLITE = Combination("async", "sqlite", "aiosqlite", "repository", "shop")
PROJECTS = [
    SQLITE,
    Combination("sync", "postgresql", "psycopg", "dao", "shop"),
    Combination("sync", "mysql", "pymysql", "repository", "none"),
    *SIGN_IN[:4],
]
# A path of the page: in quotes, or the target of a link.
PATH = re.compile(r"[`(]([\w.-]*/[\w./-]*|[\w.]+\.(?:md|example))[`)]")
# What the installation makes.
MADE = {".venv/bin/", "docs/schema.md", "migrations/versions/"}
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PUBLISHED = (
    "uvx --from git+https://github.com/org/cookiecutter-fastapi-sqlalchemy \\\n"
    "    cookiecutter-fastapi-sqlalchemy"
)
SERVE = "uv run fastapi dev\n"


@pytest.mark.parametrize("combination", PROJECTS, ids=str)
def test_the_page_is_short_and_names_what_is_there(
    combination: Combination, cookies: Cookies
) -> None:
    project = bake(cookies, **combination.answers)
    page = (project / PAGE).read_text(encoding="utf-8")

    assert len(page.splitlines()) <= LINES
    named = {*PATH.findall(page)}
    assert named >= {"ARCHITECTURE.md", "README.md", "app/users/", *MADE}
    assert [path for path in sorted(named - MADE) if not (project / path).exists()] == []


@pytest.mark.thorough
@pytest.mark.parametrize("combination", [SQLITE], ids=str)
def test_the_commands_work_in_a_row(combination: Combination, variables: dict[str, str]) -> None:
    project = install(combination, **variables)
    page = (project.path / PAGE).read_text(encoding="utf-8")
    [prepare], [add, revise], [check] = (
        BLOCK.findall(section_of(page, heading)) for heading in ("Run", "Change", "Check")
    )
    commit(project.path, "begin")

    with project.database():
        project.shell(prepare.removesuffix(SERVE))
        with project.served(SERVE.removeprefix("uv run ")):
            pass
        program = f"{sys.executable} -m cookiecutter_fastapi_sqlalchemy"
        assert add.count(PUBLISHED) == 1
        project.shell(add.replace(PUBLISHED, program), PYTHONPATH=str(TEMPLATE))
        commit(project.path, "add notes")
        project.shell(revise)
        project.shell(check)

    # The feature has drawn its table, and the checks found nothing to change.
    assert '"notes"' in (project.path / "docs" / "schema.md").read_text(encoding="utf-8")
    assert set(git(project.path, "status", "--porcelain").split()[::2]) == {"??"}
