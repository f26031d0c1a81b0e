"""Every combination, rendered: finished code of what was chosen, and of nothing else."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.baking import Cookies, bake, load, texts_of
from tests.combinations import COMBINATIONS, CONTEXT, SIGN_IN, TEMPLATE, Combination

Render = Callable[[Combination], Path]

ALWAYS_ASYNC = load(TEMPLATE / "hooks/post_gen_project.py").ALWAYS_ASYNC
STYLES = ("repository", "dao")
RECORD = ".cruft.json"
PROGRAM = "cookiecutter-fastapi-sqlalchemy"

# What only one database has, beside its names in cookiecutter.json. Matched as whole
# words in any case, with _ and digits as ends of words.
DATABASE_WORDS = {
    "sqlite": [
        "pragma",
        "pragmas",
        "journal_mode",
        "autoincrement",
        "db-wal",
        "immediate",
        "as_batch",
    ],
    "postgresql": ["pg", "pgdata", "sqlstate", "search_path", "psql"],
    "mysql": ["mysqladmin", "mysqldb", "innodb", "utf8mb4", "latin1", "errno", "get_lock"],
}
STYLE_WORDS = {
    "repository": ["repository", "repositories", "aggregate", "aggregates", "unit of work"],
    "dao": ["dao", "daos", "UserDAO", "UserRow"],
}
# The ORM's, which DAOs do without. Not "session" in small letters, which pytest and servers
# have, too.
SESSION = re.compile(r"\b(Async)?Session\b|\b(async_)?sessionmaker\b|\b(database|self)\.session\b")
# Not "order", "tags" and "catalog" alone, which are words of SQL and FastAPI too.
SHOP_WORDS = [
    *("shop", "app.catalog", "app/catalog", "catalog_router", "category", "categories"),
    *("product", "products", "ProductTag"),
    *("orders", "OrderItem", "order_items", "order_id", "OrderStatus", "ORD"),
    *("stock", "sku", "price", "prices", "quantity", "seed", "seeds", "rich"),
    *("spenders", "sellers", "notification", "notifications", "sold"),
]
ASYNC_WORDS = ["async", "await", "asyncio", "asynchronous", "aio", "coroutine", "anyio"]
# What serves all features and imports none of them.
KIT = {"http", "lists", "database", "auth", "attempts", "mail", "observability"}
# The files that say whether there is a shop; its others are its own.
SAY_SO = {".env", RECORD, "README.md", "pyproject.toml", "app/main.py", "app/models.py"}
PAGES_WITH_PYTHON = ("ARCHITECTURE.md", "docs/migrations.md")

# Suppressed warnings that a user sees, each with its reason beside it.
BUDGET: dict[str, int] = {}


@pytest.fixture(scope="module")
def rendered(cookies_session: Cookies) -> Render:
    """Render a combination, each but once."""

    @cache
    def render(combination: Combination) -> Path:
        return bake(cookies_session, **combination.answers)

    return render


@pytest.fixture(scope="module", params=[*COMBINATIONS, *SIGN_IN], ids=str)
def combination(request: pytest.FixtureRequest) -> Combination:
    """Each combination in turn; tests of the same one run together."""
    each: Combination = request.param
    return each


@pytest.fixture
def project(rendered: Render, combination: Combination) -> Path:
    """The project of the combination."""
    return rendered(combination)


def found(words: Iterable[str], text: str) -> list[str]:
    """Return the lines of the text that hold one of the words, whatever their case."""
    any_word = "|".join(map(re.escape, words))
    pattern = re.compile(rf"(?<![a-z0-9])(?:{any_word})(?![a-z0-9])", re.IGNORECASE)
    return [line for line in text.splitlines() if pattern.search(line)]


def lines_with(words: Iterable[str], project: Path) -> dict[str, list[str]]:
    """Return the lines of a project that hold one of the words, by file."""
    words = list(words)
    hits = {name: found(words, f"{name}\n{text}") for name, text in _finished(project).items()}
    return {name: lines for name, lines in hits.items() if lines}


def _finished(project: Path) -> dict[str, str]:
    """Return the files that stay after the bootstrap, which removes its own code.

    The record of the answers, which names what it likes, is not among them.
    """
    return {
        name: text
        for name, text in texts_of(project).items()
        if name != RECORD and not re.fullmatch(r"bootstrap/\w+\.py", name)
    }


def test_no_template_language_is_left(project: Path) -> None:
    for name, text in texts_of(project).items():
        own = "" if name == RECORD else text.replace(PROGRAM, "")
        assert not re.search(r"\{\{|\{%|%\}|\{#|cookiecutter", own), name


def test_no_overlay_is_left(project: Path) -> None:
    assert not (project / "overlays").exists()
    assert lines_with(["overlay", "overlays", "sample", "samples"], project) == {}


def test_code_is_formatted_and_linted(project: Path) -> None:
    for check in (["format", "--check"], ["check"]):
        command = [sys.executable, "-m", "ruff", *check, "--no-cache", str(project)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_data_files_parse(project: Path) -> None:
    parsers: dict[str, Callable[[str], Any]] = {
        ".toml": tomllib.loads,
        ".yaml": yaml.safe_load,
        ".json": json.loads,
    }
    parsed = [
        parsers[Path(name).suffix](text)
        for name, text in texts_of(project).items()
        if Path(name).suffix in parsers
    ]

    assert len(parsed) >= 2
    assert all(parsed)


def test_no_debris_of_blank_lines(project: Path) -> None:
    for name, text in texts_of(project).items():
        if not text:
            assert Path(name).name == "__init__.py"
            continue
        assert text == text.strip() + "\n", f"{name} begins or ends with blanks"
        assert "\r" not in text, name
        assert not re.search(r"[ \t]$", text, re.MULTILINE), f"{name} has trailing blanks"
        # Python, also where a page shows it, has two blank lines between functions.
        longest_gap = 3 if name.endswith((".py", ".mako", *PAGES_WITH_PYTHON)) else 2
        assert "\n" * (longest_gap + 1) not in text, f"{name} has a gap"


def test_suppressed_warnings_are_few_and_counted(project: Path) -> None:
    comments = [
        match
        for text in texts_of(project).values()
        for match in re.findall(r"# ?(?:noqa|type: ?ignore|pragma|ruff: ?noqa|fmt:)[^\n]*", text)
    ]

    assert all(re.match(r"# (noqa: [A-Z]+\d+|type: ignore\[)", each) for each in comments)
    codes = Counter(re.findall(r"[A-Z]+\d+|ignore\[[a-z-]+\]", " ".join(comments)))
    assert codes == BUDGET


def test_other_databases_are_not_named(combination: Combination, project: Path) -> None:
    others = set(CONTEXT["_databases"]) - {combination.database}

    words = {word for other in others for word in _words_of_database(other)}
    assert lines_with(words, project) == {}


def test_other_drivers_are_not_named(combination: Combination, project: Path) -> None:
    chosen = set(_words_of_driver(combination.driver))
    if combination.auth == "oidc":
        chosen.add("cryptography")  # signatures are verified by it, too
    others = {word for driver in CONTEXT["_drivers"] for word in _words_of_driver(driver)} - chosen

    assert lines_with(others, project) == {}


def _words_of_database(database: str) -> Iterator[str]:
    facts = CONTEXT["_databases"][database]
    yield from (database, *facts["url_names"], *facts["label"].split(" or "))
    yield from (str(facts[fact]) for fact in ("port", "image") if fact in facts)
    yield from DATABASE_WORDS[database]


def _words_of_driver(driver: str) -> Iterator[str]:
    facts = CONTEXT["_drivers"][driver]
    yield from (driver, facts["scheme"].split("+")[1])
    yield from (re.split(r"[\[>=]", requirement)[0] for requirement in facts["requirements"])
    yield from (facts[fact] for fact in ("debian_build", "debian_run") if fact in facts)


def test_the_other_style_is_not_named(combination: Combination, project: Path) -> None:
    (other,) = set(STYLES) - {combination.data_access}

    assert lines_with(STYLE_WORDS[other], project) == {}


def test_only_repositories_stand_on_sessions(combination: Combination, project: Path) -> None:
    hits = {name for name, text in _finished(project).items() if SESSION.search(text)}
    hits.discard("app/admin/database.py")  # SQLAdmin reads by sessions, whatever the style

    if combination.data_access == "repository":
        assert {"app/database/database.py", "app/users/service.py"} <= hits
    else:
        assert hits == set()


def test_the_shop_is_there_or_not_named(combination: Combination, project: Path) -> None:
    hits = lines_with(SHOP_WORDS, project)

    if combination.sample == "shop":
        assert {"app/catalog/service.py", "app/orders/service.py", "README.md"} <= hits.keys()
    else:
        assert hits == {}


def test_async_is_not_named_in_sync_projects(combination: Combination, project: Path) -> None:
    if combination.concurrency == "async":
        return
    always_async = {
        path.relative_to(project).as_posix()
        for pattern in ALWAYS_ASYNC
        for path in project.glob(pattern)
    }

    hits = lines_with(ASYNC_WORDS, project)

    # The linter's rules for coroutines are for the files that hold some, and the tests'
    # client calls the service in an event loop.
    allowed = always_async | {"pyproject.toml", "tests/conftest.py"}
    assert {name: lines for name, lines in hits.items() if name not in allowed} == {}


def test_no_import_leads_back(project: Path) -> None:
    uses: dict[str, set[str]] = {}
    for path in (project / "app").rglob("*.py"):
        folder = path.relative_to(project / "app").parts[0]
        used = _imported_from_app(path) - {folder}
        if folder in KIT and path.name != "__main__.py":
            assert used <= {*KIT, "errors", "settings"}, path
        elif (project / "app" / folder).is_dir() and folder not in KIT:
            uses.setdefault(folder, set()).update(used)

    features = uses.keys()
    assert not {"main", "models"} & set().union(*uses.values())
    graph = {feature: used & features for feature, used in uses.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError


def _imported_from_app(path: Path) -> set[str]:
    """Return the names right below ``app`` that a module imports from."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("app.")}


@pytest.mark.parametrize(
    "dao", [each for each in COMBINATIONS if each.data_access == "dao"], ids=str
)
def test_routers_schemas_and_api_tests_are_the_same_bytes_in_both_styles(
    rendered: Render, dao: Combination
) -> None:
    contract = _contract(rendered(dao))

    features = {"users", "catalog", "orders"} if dao.sample == "shop" else {"users"}
    ours = {f"app/{feature}/{name}.py" for feature in features for name in ("router", "schemas")}
    assert contract.keys() >= ours | {"tests/api/test_users.py"}
    assert contract == _contract(rendered(replace(dao, data_access="repository")))


def _contract(project: Path) -> dict[str, bytes]:
    """Return the files that speak HTTP, and their tests."""
    patterns = ("app/*/router.py", "app/*/schemas.py", "tests/api/*")
    paths = (path for pattern in patterns for path in project.glob(pattern) if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.thorough
@pytest.mark.parametrize("shop", [each for each in COMBINATIONS if each.sample == "shop"], ids=str)
def test_without_the_shop_a_project_is_the_same_less_its_files(
    shop: Combination, cookies: Cookies
) -> None:
    """So its own tests, which are among those of the shop, are not run with every driver."""
    whole, small = (
        texts_of(bake(cookies, **replace(shop, sample=sample).choices, project_slug="service"))
        for sample in ("shop", "none")
    )

    assert {name for name in small if small[name] != whole.get(name)} <= SAY_SO
