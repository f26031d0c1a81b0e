"""The tutorial and the worked examples are followed word for word."""

import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.combinations import TEMPLATE, Combination
from tests.installed import Installed, install
from tests.life.features import commit
from tests.life.pages import Page

PUBLISHED = "git+https://github.com/org/cookiecutter-fastapi-sqlalchemy"
BLOG = Combination("async", "sqlite", "aiosqlite", "repository", "none")
# With the blog of the tutorial, each database, both modes and both styles.
EXAMPLES = [
    ("A hotel", Combination("sync", "mysql", "pymysql", "dao", "none", "mariadb")),
    ("A bookshop", Combination("async", "postgresql", "asyncpg", "repository", "shop")),
]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The variables of a shell that finds the program, as installed from this clone."""
    folder = tmp_path_factory.mktemp("program")
    variables = {
        "UV_TOOL_DIR": str(folder / "tools"),
        "UV_TOOL_BIN_DIR": str(folder / "bin"),
        "PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]]),
    }
    for role in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{role}_NAME": "Ann", f"GIT_{role}_EMAIL": "ann@example.com"}
    Installed(folder, BLOG).shell(f"uv tool install --quiet {TEMPLATE}", **variables)
    return variables


def test_the_tutorial_leads_to_a_blog_with_comments(
    tmp_path: Path, program: Mapping[str, str], mypy_cache: str
) -> None:
    page = Page.read("tutorial.md")
    first, *_ = page.blocks()
    begin = first.code.replace(PUBLISHED, str(TEMPLATE))
    assert begin != first.code
    rest = Page(page.text.replace(first.code, "", 1))

    Installed(tmp_path, BLOG).shell(begin.replace("install ", "install --quiet "), **program)
    blog = Installed(tmp_path / "blog", BLOG, {"MYPY_CACHE_DIR": mypy_cache})
    rest.follow(blog, tmp_path, program)

    assert blog.alembic("current").splitlines()[-1].endswith("(head)")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("heading", "combination"), EXAMPLES, ids=lambda each: str(each).replace(" ", "-")
)
def test_the_worked_examples_work(
    heading: str,
    combination: Combination,
    tmp_path: Path,
    program: Mapping[str, str],
    variables: Mapping[str, str],
) -> None:
    installed = install(combination, **variables)
    commit(installed.path, "begin")

    with installed.database():
        installed.alembic("upgrade head")
        Page.read("examples.md", heading).follow(installed, tmp_path, program)


def test_the_picture_of_the_readme_shows_what_the_command_prints() -> None:
    picture = ET.parse(TEMPLATE / "docs" / "add-feature.svg").getroot()
    lines = "\n".join(
        "".join(each.itertext()) for each in picture.iter() if each.tag.endswith("text")
    )
    shown = lines.replace("\N{NO-BREAK SPACE}", " ")

    assert "$ cookiecutter-fastapi-sqlalchemy add-feature posts" in shown
    assert "Added Post: table posts, routes /api/v1/posts." in shown
    assert re.search(r"\d+ passed", shown)
    readme = (TEMPLATE / "README.md").read_text(encoding="utf-8")
    assert "(docs/add-feature.svg)" in readme
