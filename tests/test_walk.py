"""The README's walkthrough with curl leads from a category to a confirmed order."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.combinations import Combination, in_turn
from tests.installed import Installed, install
from tests.test_sign_in import PASSWORD, create_admin

# The first three cover each database, both modes and both styles.
WALKS = [
    Combination("sync", "sqlite", "sqlite3", "dao", "shop", auth="jwt"),
    Combination("async", "postgresql", "asyncpg", "dao", "shop"),
    Combination("async", "mysql", "asyncmy", "repository", "shop"),
    Combination("async", "sqlite", "aiosqlite", "repository", "shop"),
    Combination("sync", "postgresql", "psycopg", "repository", "shop"),
]

README_ADDRESS = "127.0.0.1:8000"


@pytest.mark.parametrize("combination", in_turn(WALKS, WALKS, WALKS[:3]))
def test_the_walk_of_the_readme_ends_with_a_confirmed_order(
    combination: Combination, variables: dict[str, str], tmp_path: Path
) -> None:
    project = install(combination, **variables)
    seed, walk = project.instructions("Walk through it")

    with project.database():
        project.run("python -m app.database upgrade")
        with project.served() as url:
            home = curl_home(tmp_path, url)
            token = token_of_admin(project, home)
            project.shell(seed)
            shown = project.shell(walk, CURL_HOME=home, token=token)

    order, confirmed, statistics, readiness = documents(shown)
    assert order["status"] == "pending"
    assert order["total_amount"] == "9.00"
    assert (confirmed["id"], confirmed["status"]) == (order["id"], "confirmed")
    assert statistics["by_status"]["confirmed"] == 1
    assert readiness["status"] == "ready"


def token_of_admin(project: Installed, home: str) -> str:
    """Return an access token, as the README gets one; empty where nobody signs in."""
    if project.combination.auth == "none":
        return ""
    create_admin(project)
    _create, _type_password, sign_in = project.instructions("Sign in")
    script = f"{sign_in}printf '\\n%s' \"$token\""
    return project.shell(script, CURL_HOME=home, password=PASSWORD).splitlines()[-1]


def curl_home(folder: Path, url: str) -> str:
    """Create curl's configuration, which redirects the README's address to the service."""
    address = url.removeprefix("http://")
    (folder / ".curlrc").write_text(f"connect-to = {README_ADDRESS}:{address}\n", encoding="utf-8")
    return str(folder)


def documents(text: str) -> Iterator[Any]:
    """Yield the JSON documents of a text, one after another."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        yield document
        text = text[end:]
