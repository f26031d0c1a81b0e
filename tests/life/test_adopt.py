"""adopt: a database that others have made becomes the service's, without a difference."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pexpect
import pytest
from sqlalchemy import make_url

from tests.baking import tree
from tests.combinations import COMBINATIONS, TEMPLATE, Combination, in_turn
from tests.conftest import Servers, check_build
from tests.figures import RecordProperty
from tests.installed import Installed, call, install
from tests.life.adoption import (
    MORE_SCHEMAS,
    Foreign,
    adopt,
    at,
    foreign_database,
)
from tests.life.features import PROGRAM, commit


def chosen(mode: str, driver: str, style: str, sample: str, server: str) -> Combination:
    """Return the combination, with the server that it is tested with."""
    [found] = [
        each
        for each in COMBINATIONS
        if (each.concurrency, each.driver, each.data_access, each.sample)
        == (mode, driver, style, sample)
    ]
    return replace(found, server=server)


SQLITE = chosen("sync", "sqlite3", "dao", "none", "")
POSTGRESQL = chosen("async", "asyncpg", "repository", "shop", "postgresql")
MYSQL = chosen("sync", "pymysql", "repository", "none", "mysql")
# Every kind of server, and every database in both modes and styles.
OTHERS = [
    POSTGRESQL,
    chosen("sync", "psycopg", "dao", "none", "postgresql"),
    chosen("async", "asyncmy", "dao", "none", "mysql"),
    MYSQL,
    chosen("async", "aiomysql", "repository", "none", "mariadb"),
    chosen("async", "aiosqlite", "repository", "none", ""),
]


def sqlite_and(*others: Combination) -> pytest.MarkDecorator:
    """Parametrize a test with SQLite and others, which a plain run leaves out.

    CI takes each kind of server once.
    """
    every = [SQLITE, *others]
    in_ci = {each.server: each for each in reversed(every)}.values()
    return pytest.mark.parametrize("combination", in_turn(every, [SQLITE], in_ci))


@pytest.fixture
def combination() -> Combination:
    """The combination of tests that need one alone."""
    return SQLITE


@pytest.fixture
def project(combination: Combination, mypy_cache: str) -> Installed:
    """A new project of the combination, which is committed."""
    check_build(combination)
    installed = install(combination, MYPY_CACHE_DIR=mypy_cache)
    commit(installed.path, "as generated")
    return installed


@pytest.fixture
def server(combination: Combination, request: pytest.FixtureRequest) -> str | None:
    """The URL of the server, without a database; None for SQLite."""
    if not combination.server:
        return None
    servers: Servers = request.getfixturevalue("servers")
    return servers.url_of(combination.server)


@pytest.fixture
def foreign(combination: Combination, server: str | None, tmp_path: Path) -> Iterator[Foreign]:
    """The database that was there before."""
    with foreign_database(combination, server, tmp_path, "tool_club") as database:
        yield database


@pytest.fixture
def options(combination: Combination) -> tuple[str, ...]:
    """The options that name the schemas."""
    return MORE_SCHEMAS.get(combination.database, ())


@sqlite_and(*OTHERS)
def test_the_models_equal_the_database(
    project: Installed,
    foreign: Foreign,
    options: tuple[str, ...],
    server: str | None,
    tmp_path: Path,
    record_property: RecordProperty,
) -> None:
    before, tables = foreign.described(), foreign.tables()
    live = at(project, foreign.url)

    told = adopt(project.path, foreign.url, "--yes", *options)

    assert foreign.described() == before
    assert foreign.tables() - tables == {"alembic_version"}
    assert "0000" in live.alembic("current")
    live.alembic("upgrade head", "check")
    assert foreign.described(leaving_out=foreign.tables() - tables) == before
    project.run("ruff format --check --quiet")
    project.run("ruff check --quiet")
    project.run("mypy")
    project.run("lint-imports")
    live.run("pytest --quiet")
    record_property("tables adopted", told.split()[0])
    record_property("drift", 0)

    anew = f"{server}/tool_club_anew" if server else f"sqlite:///{tmp_path}/anew.db"
    empty = at(project, anew)
    with empty.database():
        empty.alembic("upgrade 0000")
        assert Foreign(anew).described() == before
        empty.alembic("upgrade head", "check", "downgrade base")
        assert Foreign(anew).tables() == {"alembic_version"}


@pytest.mark.thorough
@sqlite_and()
def test_a_downgrade_drops_no_rows(
    project: Installed, foreign: Foreign, options: tuple[str, ...]
) -> None:
    adopt(project.path, foreign.url, "--yes", *options)
    live = at(project, foreign.url)
    foreign.execute("INSERT INTO branches (title) VALUES ('Harbor')")
    before = foreign.described()

    told = live.run("alembic downgrade base", expected=1)

    assert "branches has rows, which the downgrade would lose" in told
    assert foreign.described() == before


# A change of the database that autogenerate finds, and its name there.
COMMON = [
    ("ALTER TABLE loans ADD COLUMN note varchar(20)", "note"),
    ("CREATE TABLE newcomers (id integer NOT NULL PRIMARY KEY)", "newcomers"),
    ("CREATE INDEX newer ON loans (member_id)", "newer"),
]
CHANGES = {
    "sqlite": [*COMMON, ("DROP INDEX members_active", "members_active")],
    "postgresql": [
        *COMMON,
        ("DROP INDEX members_email_key", "members_email_key"),
        ("ALTER TABLE branches ALTER COLUMN title TYPE varchar(90)", "title"),
        ("ALTER TABLE billing.invoices ALTER COLUMN total DROP NOT NULL", "total"),
        ("ALTER TABLE damages DROP CONSTRAINT damages_of_a_line", "loan_lines"),
        ("COMMENT ON TABLE branches IS 'Shut'", "branches"),
    ],
    "mysql": [
        *COMMON,
        ("DROP INDEX members_small_mail ON members", "members_small_mail"),
        ("ALTER TABLE tools MODIFY name varchar(300) NOT NULL", "name"),
        ("ALTER TABLE members MODIFY state enum('applied','gone') NOT NULL", "state"),
        ("ALTER TABLE damages DROP FOREIGN KEY damages_of_a_line", "loan_lines"),
        ("ALTER TABLE labels DROP INDEX uq_labels_word", "Column('word'"),
    ],
}


@pytest.mark.thorough
@sqlite_and(POSTGRESQL, MYSQL)
def test_a_change_of_the_database_is_found(
    project: Installed,
    foreign: Foreign,
    options: tuple[str, ...],
    combination: Combination,
) -> None:
    adopt(project.path, foreign.url, "--yes", *options)
    live = at(project, foreign.url)
    live.alembic("upgrade head")

    for statement, _ in CHANGES[combination.database]:
        foreign.execute(statement)

    found = live.run("alembic check", expected=255)
    for _, name in CHANGES[combination.database]:
        assert name in found


@pytest.mark.thorough
def test_a_constraint_that_has_no_name_is_found_missing(
    project: Installed, foreign: Foreign, tmp_path: Path
) -> None:
    adopt(project.path, foreign.url, "--yes")
    poorer = Foreign(f"sqlite:///{tmp_path}/poorer.db")
    live = at(project, poorer.url)
    live.alembic("upgrade head", "check")
    [[sql]] = foreign.query("SELECT sql FROM sqlite_master WHERE name = 'members'")

    poorer.execute("DROP TABLE members", sql.replace("NOT NULL UNIQUE", "NOT NULL"))

    assert "UniqueConstraint(Column('email'" in live.run("alembic check", expected=255)


@pytest.mark.thorough
@pytest.mark.parametrize("combination", [POSTGRESQL, MYSQL], ids=lambda each: each.server)
def test_a_role_that_may_only_read_is_enough(
    project: Installed, foreign: Foreign, options: tuple[str, ...], combination: Combination
) -> None:
    for statement in GRANTS[combination.database]:
        foreign.execute(statement)
    url = make_url(foreign.url).set(username="reader", password="reads")
    before = foreign.tables()

    told = adopt(project.path, url.render_as_string(False), *options, expected=1)

    assert "use --yes" in told
    assert "alembic stamp 0000" in told
    assert foreign.tables() == before
    live = at(project, foreign.url)
    live.alembic("stamp 0000", "upgrade head", "check")


GRANTS = {
    "postgresql": [
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN PASSWORD 'reads' IN ROLE pg_read_all_data",
    ],
    "mysql": [
        "CREATE USER IF NOT EXISTS reader IDENTIFIED BY 'reads'",
        "GRANT SELECT ON tool_club.* TO reader",
    ],
}


@pytest.mark.thorough
def test_a_dry_run_shows_a_patch_and_changes_nothing(
    project: Installed, foreign: Foreign, tmp_path: Path
) -> None:
    before, database = tree(project.path / "app"), Path(make_url(foreign.url).database or "")
    content = database.read_bytes()

    patch = adopt(project.path, foreign.url, "--dry-run")

    assert tree(project.path / "app") == before
    assert database.read_bytes() == content
    (tmp_path / "patch").write_text(patch, encoding="utf-8")
    subprocess.run(["git", "apply", "--check", tmp_path / "patch"], cwd=project.path, check=True)
    assert "+class LoanLine(AnyTable):" in patch


@pytest.mark.thorough
def test_tables_are_split_into_features(project: Installed, foreign: Foreign) -> None:
    split = ["--feature", "lending=loans,loan_lines,damages", "--into", "stock"]

    adopt(project.path, foreign.url, "--yes", "--except", "readings", *split)

    lending = (project.path / "app/lending/models.py").read_text(encoding="utf-8")
    stock = (project.path / "app/stock/models.py").read_text(encoding="utf-8")
    assert "class LoanLine(AnyTable):" in lending
    assert "class Tool(Base):" in stock
    assert "readings" not in stock
    at(project, foreign.url).alembic("upgrade head", "check")


@pytest.mark.thorough
@sqlite_and(POSTGRESQL)
def test_tables_are_read_over_http(
    project: Installed, foreign: Foreign, options: tuple[str, ...]
) -> None:
    foreign.execute("INSERT INTO tools (code, name, net) VALUES ('A1', 'Saw', 10)")
    for word in ("new", "loud", "red"):
        foreign.execute(f"INSERT INTO labels (word) VALUES ('{word}')")

    adopt(project.path, foreign.url, "--yes", "--routes", "all", *options)

    live = at(project, foreign.url)
    live.alembic("upgrade head")
    project.run("ruff format --check --quiet")
    project.run("ruff check --quiet")
    project.run("mypy")
    live.run("pytest --quiet tests/api/test_legacy.py tests/api/test_openapi.py")
    with live.served() as url:
        _, page = call(f"{url}/api/v1/tools")
        status, tool = call(f"{url}/api/v1/tools/1")
        words = [each["word"] for each in walked(f"{url}/api/v1/labels")]
        by_number = walked(f"{url}/api/v1/invoices", sort="-number")
    assert (words, by_number) == (["new", "loud", "red"], [])
    assert status == HTTPStatus.OK
    assert page["items"] == [tool]
    assert (tool["code"], tool["name"], tool["rank"]) == ("A1", "Saw", 0)


def walked(url: str, **query: str) -> list[Any]:
    """Return the items of all pages of a list, each of which has one."""
    items: list[Any] = []
    after = ""
    while True:
        parameters = urlencode({"page_size": 1, "after": after, **query})
        status, page = call(f"{url}?{parameters}")
        assert status == HTTPStatus.OK, page
        items += page["items"]
        if not page["has_next"]:
            return items
        after = page["next"]


@pytest.mark.thorough
def test_a_table_of_the_project_can_make_way(project: Installed, foreign: Foreign) -> None:
    foreign.execute("CREATE TABLE users (login text NOT NULL PRIMARY KEY)")

    told = adopt(project.path, foreign.url, expected=1)
    assert "--rename users=" in told
    adopt(project.path, foreign.url, "--yes", "--rename", "users=accounts")

    live = at(project, foreign.url)
    live.alembic("upgrade head", "check")
    assert {"users", "accounts"} <= foreign.tables()
    live.run("pytest --quiet")


@pytest.mark.thorough
def test_a_database_that_the_project_has_migrated_needs_no_stamp(
    project: Installed, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    live, shared = at(project, url), Foreign(url)
    live.alembic("upgrade head")
    shared.execute("CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT)")

    told = adopt(project.path, url)

    assert "needs no stamp" in told
    live.alembic("check")


REFUSED = {
    "of another kind": (
        ["mysql://root@127.0.0.1/club"],
        "must look like sqlite+pysqlite:///database.db",
    ),
    "missing": (["sqlite:////nowhere/club.db"], "There is no file /nowhere/club.db"),
    "a feature that exists": (["{url}", "--into", "users"], "app/users exists already"),
    "a table that does not": (["{url}", "--feature", "a=nothing"], "nothing, which is no table"),
    "a form": (["{url}", "--feature", "a"], "is not of the form NAME="),
    "left out, but needed": (["{url}", "--except", "loans"], "refers to loans"),
    "no key for routes": (["{url}", "--routes", "loan_lines"], "no routes for loan_lines"),
    "everything left out": (["{empty}"], "no tables to adopt"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_adopted_is_refused(
    case: str, project: Installed, foreign: Foreign, tmp_path: Path
) -> None:
    Foreign(f"sqlite:///{tmp_path}/empty.db").execute("VACUUM")
    arguments, sentence = REFUSED[case]
    before = tree(project.path / "app")
    urls = {"url": foreign.url, "empty": f"sqlite:///{tmp_path}/empty.db"}

    told = adopt(project.path, *(each.format(**urls) for each in arguments), expected=1)

    assert sentence in told
    assert told.count("\n") == 1
    assert tree(project.path / "app") == before


@pytest.mark.thorough
def test_no_second_database_is_adopted(project: Installed, foreign: Foreign) -> None:
    adopt(project.path, foreign.url, "--yes")

    told = adopt(project.path, foreign.url, "--force", "--into", "other", expected=1)

    assert "has adopted a database before" in told


@pytest.mark.thorough
@pytest.mark.parametrize(("answer", "is_stamped"), [("y", True), ("n", False)])
def test_the_stamp_is_asked_for_at_a_terminal(
    answer: str, is_stamped: bool, project: Installed, foreign: Foreign
) -> None:
    before = foreign.tables()
    environment = {**os.environ, "PYTHONPATH": str(TEMPLATE), "TERM": "dumb"}
    program = pexpect.spawn(
        PROGRAM[0],
        [*PROGRAM[1:], "adopt", foreign.url],
        cwd=project.path,
        env=environment,
        encoding="utf-8",
        timeout=60,
    )

    program.expect_exact("the baseline? [y/N]")
    assert foreign.tables() == before
    program.sendline(answer)
    program.expect(pexpect.EOF)
    program.wait()

    assert program.exitstatus == 0
    assert (foreign.tables() - before == {"alembic_version"}) is is_stamped
    assert (project.path / "app/legacy/models.py").exists()


@pytest.mark.thorough
def test_the_stamp_of_another_project_stays(project: Installed, foreign: Foreign) -> None:
    foreign.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('9f2c')",
    )

    told = adopt(project.path, foreign.url, "--yes", expected=1)

    assert "at 9f2c, a revision of another project" in told
    assert foreign.query("SELECT version_num FROM alembic_version") == [("9f2c",)]
