"""ARCHITECTURE.md is followed word for word: its feature, and its answers to "How do I"."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.baking import Cookies, bake, load
from tests.combinations import TEMPLATE, Combination, in_turn
from tests.installed import Installed, install, section_of
from tests.test_walk import curl_home, token_of_admin

PROJECTS = [
    Combination("async", "sqlite", "aiosqlite", "repository", "shop"),
    Combination("sync", "postgresql", "psycopg", "dao", "none"),
    Combination("async", "mysql", "asyncmy", "dao", "shop", "mysql"),
    Combination("sync", "mysql", "pymysql", "repository", "none", "mariadb"),
    Combination("async", "sqlite", "aiosqlite", "dao", "none", auth="jwt"),
]
HOOK = load(TEMPLATE / "hooks/post_gen_project.py")

FEATURE, ANSWERS = "Add a feature", "How do I …"
# What the feature may cost: lines in app/ with the blank ones, and files there; lines with
# the test and without blank ones; names imported from the rest of app/.
LINES, FILES, LINES_OF_CODE, NAMES = 180, 7, 180, 15

# A block, and the paragraph before it.
BLOCK = re.compile(r"((?:^[^\n]+\n)+)\n^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"(At the end of )?`([\w/]+\.py)`[^`]*\Z")
NAMED_LINES = re.compile(r"^- `([\w/]+\.py)`: (.*?)(?=^- |^\n)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of the page, and the file that the paragraph before it names."""

    language: str
    code: str
    path: str
    at_the_end: bool


@pytest.mark.parametrize(
    "combination", in_turn(PROJECTS, PROJECTS[:2], [*PROJECTS[:2], PROJECTS[-1]])
)
def test_the_page_is_followed(
    combination: Combination, variables: dict[str, str], tmp_path: Path
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("python -m app.database upgrade")
        add_the_feature(project)
        project.alembic("check", "downgrade -1", "upgrade head", "check")
        follow_the_answers(project, tmp_path)


@pytest.mark.parametrize("style", ["repository", "dao"])
@pytest.mark.parametrize("concurrency", ["async", "sync"])
def test_the_feature_is_small(cookies: Cookies, concurrency: str, style: str) -> None:
    project = bake(cookies, concurrency=concurrency, data_access=style)

    files = {each.path: each.code for each in blocks_of(project, FEATURE) if each.path}
    in_app = [code for path, code in files.items() if path.startswith("app/")]

    assert len([*in_app, "__init__.py"]) <= FILES
    assert len(files) <= FILES
    assert sum(len(code.splitlines()) for code in in_app) <= LINES
    lines = [line for code in files.values() for line in code.splitlines() if line]
    assert len(lines) <= LINES_OF_CODE
    names = {name for code in in_app for name in names_of_ours(code)}
    assert len(names) <= NAMES, sorted(names)


def add_the_feature(project: Installed) -> None:
    """Add the feature as the page says, and check it as the page says."""
    write_the_feature(project)
    # What is printed is formatted and sorted, before the page's own commands see to it.
    project.run("ruff format --check .")
    project.run("ruff check .")
    project.shell(blocks_of(project.path, FEATURE)[-1].code)


def write_the_feature(project: Installed) -> None:
    """Write the feature's files, and name it where features are named."""
    first, *files, _commands = blocks_of(project.path, FEATURE)
    project.shell(first.code)
    for each in files:
        write(project, each)
    insert_named_lines(project, FEATURE)


def insert_named_lines(project: Installed, heading: str) -> None:
    """Insert the lines that are listed under a heading, each into its file."""
    for path, lines in NAMED_LINES.findall(section(project.path, heading)):
        for line in re.findall("`([^`]+)`", lines):
            if line != "ROUTERS":
                insert_among_its_like(project.path / path, line)


def follow_the_answers(project: Installed, folder: Path) -> None:
    """Put the answers' code in its places, test it, and run their commands."""
    served = []
    for each in blocks_of(project.path, ANSWERS):
        if each.language == "python":
            write(project, each)
        elif each.code.startswith("uv add"):
            project.shell(each.code)
        else:
            served.append(each.code)
    insert_named_lines(project, ANSWERS)
    tests = write_tests_of_answers(project)
    project.run("ruff check --fix --select I .")  # of the lines that went to the top
    project.run("ruff format --check .")
    project.run("ruff check .")
    project.run("mypy")
    if project.combination.auth != "none":
        tests.append("tests/api/test_access.py")
    project.run(f"pytest {' '.join(tests)}")
    with project.served() as url:
        home = curl_home(folder, url)
        token = token_of_admin(project, home)
        for command in served:
            project.shell(command, CURL_HOME=home, token=token)


def write_tests_of_answers(project: Installed) -> list[str]:
    """Write our tests of the answers as the project's own, in its mode; return their names."""
    names = ["answered"]
    names += ["answered_by_users"] if project.combination.auth != "none" else []
    written = [f"tests/api/test_{name}.py" for name in names]
    for name, path in zip(names, written, strict=True):
        source = (TEMPLATE / "tests" / f"{name}.py").read_text(encoding="utf-8")
        if project.combination.concurrency == "sync":
            source = HOOK.to_sync(source)
        (project.path / path).write_text(source, encoding="utf-8")
        project.run(f"ruff check --fix --quiet {path}")
        project.run(f"ruff format --quiet {path}")
    return written


def section(project: Path, heading: str) -> str:
    """Return the text of the page under a heading."""
    return section_of((project / "ARCHITECTURE.md").read_text(encoding="utf-8"), heading)


def blocks_of(project: Path, heading: str) -> list[Block]:
    """Return the blocks of code under a heading; each of Python has its place."""
    found = []
    for before, language, code in BLOCK.findall(section(project, heading)):
        place = PLACE.search(before) if language == "python" else None
        assert place or language != "python", f"no file is named before:\n{code}"
        path, at_the_end = (place[2], bool(place[1])) if place else ("", False)
        found.append(Block(language, code, path, at_the_end))
    return found


def write(project: Installed, block: Block) -> None:
    """Write a block into its file, or at the end of it with the imports at its top."""
    path = project.path / block.path
    if not block.at_the_end:
        assert not path.exists(), path
        path.write_text(block.code, encoding="utf-8")
        return
    imports, code = block.code.split("\n\n\n", maxsplit=1)
    docstring, rest = path.read_text(encoding="utf-8").split("\n\n", maxsplit=1)
    apart = "\n" if code.startswith(" ") else "\n\n"  # a method, or a function
    path.write_text(f"{docstring}\n\n{imports}\n{rest}{apart}{code}", encoding="utf-8")


def insert_among_its_like(path: Path, line: str) -> None:
    """Insert a line where somebody would: an import in its order, an item at the end."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if line.endswith(","):
        at, line = min(map(lines.index, {"]", "}"}.intersection(lines))), f"    {line}"
    else:
        word = line.split()[0]
        like = [number for number, each in enumerate(lines) if each.startswith(f"{word} app.")]
        at = next((number for number in like if lines[number] > line), like[-1] + 1)
    lines.insert(at, line)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def names_of_ours(code: str) -> Iterator[str]:
    """Yield the names that a module of the feature imports from the rest of ``app/``."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and re.match(r"app\.(?!invoices)", node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
