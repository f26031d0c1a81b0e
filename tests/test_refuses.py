"""Invalid answers are refused with one sentence, and no file is left behind."""

import re
from itertools import product
from pathlib import Path

import pytest

from tests.baking import User, replay_with, tree
from tests.combinations import CONTEXT

DATABASES = CONTEXT["_databases"]
WRONG_TRIPLES = [
    (concurrency, database, driver)
    for concurrency, database, driver in product(
        CONTEXT["concurrency"], DATABASES, CONTEXT["_drivers"]
    )
    if driver not in DATABASES[database]["drivers"][concurrency]
]
TEXTS = ("project_name", "description", "full_name", "email")
BAD_TEXTS = {
    "": "at least one visible character",
    "two\nlines": "leave it out",
    "x" * 201: "shorten it to 200",
}
# This is a sample. tests/reliability/test_hostile_answers.py has all kinds of bad slugs.
BAD_SLUGS = {
    "": "start with a-z",
    "..": "start with a-z",
    "../evil": "start with a-z",
    "/abs": "start with a-z",
    "abc\n": "start with a-z",
    "half \udcff": "start with a-z",
    "class": "choose another name",
}


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User.in_folder(tmp_path)


def assert_refused(user: User, remedy: str, *arguments: str) -> None:
    """Check that the generation fails with one sentence that holds the remedy, and no file."""
    before = tree(user.folder.parent)

    done = user.generate("--no-input", "install=no", *arguments)

    assert done.returncode != 0
    assert done.stdout.endswith(".\n")
    assert done.stdout.count("\n") == 1
    assert remedy in done.stdout
    assert tree(user.folder.parent) == before


@pytest.mark.parametrize(("concurrency", "database", "driver"), WRONG_TRIPLES)
def test_a_driver_that_does_not_fit_is_refused(
    user: User, concurrency: str, database: str, driver: str
) -> None:
    remedy = f"use {' or '.join(DATABASES[database]['drivers'][concurrency])}."

    assert_refused(
        user, remedy, f"concurrency={concurrency}", f"database={database}", f"driver={driver}"
    )


@pytest.mark.parametrize("driver", ["", "AIOSQLITE", "oracledb", "aiosqlite ", "a\nb"])
def test_an_unknown_driver_is_refused(user: User, driver: str) -> None:
    assert_refused(user, "use aiosqlite.", f"driver={driver}")


def test_pages_for_admins_without_sign_in_are_refused(user: User) -> None:
    assert_refused(user, "use auth jwt, or no admin.", "admin=yes")


@pytest.mark.parametrize(("slug", "remedy"), BAD_SLUGS.items(), ids=ascii)
def test_a_bad_slug_is_refused(user: User, slug: str, remedy: str) -> None:
    assert_refused(user, remedy, f"project_slug={slug}")


@pytest.mark.parametrize(
    ("database", "slug"), [("postgresql", "postgres"), ("mysql", "information-schema")]
)
def test_a_system_database_is_refused(user: User, database: str, slug: str) -> None:
    answers = (f"database={database}", f"project_slug={slug}")
    assert_refused(user, "is a system database of the server", *answers)


def test_a_name_that_gives_no_slug_is_refused(user: User) -> None:
    assert_refused(user, "project_slug '' cannot name a project", "project_name=!?")


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(("text", "remedy"), BAD_TEXTS.items(), ids=ascii)
def test_every_text_is_checked(user: User, name: str, text: str, remedy: str) -> None:
    assert_refused(user, remedy, f"{name}={text}", "project_slug=service")


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ("concurrency=both", "['async', 'sync']"),
        ("database=oracle", "['sqlite', 'postgresql', 'mysql']"),
        ("data_access=active-record", "['repository', 'dao']"),
        ("sample=farm", "['shop', 'none']"),
        ("license=GPL", "['none', 'MIT', 'Apache-2.0', 'BSD-3-Clause', 'proprietary']"),
        ("gitlab=maybe", "gitlab could not be converted to a boolean"),
        ("admin=maybe", "admin could not be converted to a boolean"),
        ("install=maybe", "install could not be converted to a boolean"),
    ],
)
def test_an_unknown_choice_is_refused_by_cookiecutter(user: User, answer: str, remedy: str) -> None:
    """Cookiecutter refuses before code of the template runs, in its own words.

    It shows a traceback as well.
    """
    before = tree(user.folder.parent)

    done = user.generate("--no-input", answer)

    assert done.returncode != 0
    assert remedy in done.stdout.splitlines()[-1]
    assert tree(user.folder.parent) == before


@pytest.mark.parametrize(
    ("answers", "remedy"),
    [
        ({"driver": "asyncpg"}, "use aiosqlite."),
        ({"database": "oracle"}, "choose one of sqlite, postgresql, mysql."),
        ({"concurrency": "both"}, "choose one of async, sync."),
        ({"data_access": "active-record"}, "choose one of repository, dao."),
        ({"sample": "farm"}, "choose one of shop, none."),
        ({"admin": True}, "use auth jwt, or no admin."),
        ({"admin": "yes"}, "use true or false, without quotes."),
        ({"license": "mit"}, "choose one of none, MIT, Apache-2.0, BSD-3-Clause, proprietary."),
        ({"gitlab": "yes"}, "use true or false, without quotes."),
        ({"full_name": "two\nlines"}, "leave it out."),
        ({"project_slug": "class"}, "choose another name."),
    ],
    ids=str,
)
def test_an_edited_replay_file_is_refused(user: User, answers: dict[str, str], remedy: str) -> None:
    assert_replay_refused(user, answers, remedy)


@pytest.mark.parametrize("slug", ["..", "../evil", "../evil/deep", "a/b"])
def test_a_replay_file_cannot_escape_the_output_folder(user: User, slug: str) -> None:
    assert_replay_refused(user, {"project_slug": slug}, "start with a-z")


def assert_replay_refused(user: User, answers: dict[str, str], remedy: str) -> None:
    """Check that a replay file is refused with one sentence, and that no project is created."""
    replay = replay_with(user, answers)
    before = tree(user.folder.parent)

    done = user.generate(f"--replay-file={replay}")

    assert done.returncode != 0
    assert remedy in done.stdout
    assert done.stdout.count("\n") == 1
    made = tree(user.folder.parent).keys() - before.keys()
    assert {name.split("/")[0] for name in made} <= {"replay_dir"}


def test_a_replay_file_may_be_edited(user: User) -> None:
    """Derived files use the edited answers."""
    answers = {"project_slug": "orders", "database": "postgresql", "driver": "psycopg"}

    done = user.generate(f"--replay-file={replay_with(user, answers)}")

    assert done.returncode == 0, done.stdout
    project = user.folder / "orders"
    for name in (".env", "compose.yaml"):
        text = (project / name).read_text(encoding="utf-8")
        assert re.search(r"postgresql\+psycopg://postgres:\S+/orders$", text, re.MULTILINE)
    settings = (project / "app/settings.py").read_text(encoding="utf-8")
    assert 'DRIVERNAME = "postgresql+psycopg"' in settings
