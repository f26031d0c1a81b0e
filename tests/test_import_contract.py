"""A project's import contract refuses what its pages forbid."""

from pathlib import Path

import pytest

from tests.baking import Cookies, bake
from tests.imports import check_imports

# A rule, a module that breaks it, and the import that does; STYLE is that of the data access.
BREAKS = [
    ("What features share imports none of them", "lists/page.py", "import app.orders.schemas"),
    ("What features share imports none of them", "http/fields.py", "import app.users.models"),
    ("No import leads back", "users/passwords.py", "import app.orders.status"),
    ("No import leads back", "catalog/models.py", "import app.orders.models"),
    ("Routers call, and nothing below calls them", "users/service.py", "import app.users.router"),
    ("Routers call, and nothing below calls them", "orders/queries.py", "import app.users.router"),
    ("Services decide, and what fetches calls none", "users/STYLE.py", "import app.users.service"),
    (
        "Services decide, and what fetches calls none",
        "users/queries.py",
        "import app.users.service",
    ),
    ("Models and schemas fetch nothing", "users/models.py", "import app.users.queries"),
    ("Models and schemas fetch nothing", "orders/schemas.py", "import app.catalog.STYLE"),
    ("Only routers translate HTTP", "users/service.py", "from fastapi import HTTPException"),
]


@pytest.fixture(scope="module", params=["repository", "dao"])
def project(request: pytest.FixtureRequest, cookies_session: Cookies) -> Path:
    """A project with the shop, in each style of data access."""
    return bake(cookies_session, data_access=request.param, project_slug=request.param)


@pytest.mark.parametrize(("rule", "module", "line"), BREAKS)
def test_a_broken_rule_is_refused(project: Path, rule: str, module: str, line: str) -> None:
    style = project.name
    path = project / "app" / module.replace("STYLE", style)
    kept = path.read_text(encoding="utf-8")
    path.write_text(f"{kept}\n{line.replace('STYLE', style)}\n", encoding="utf-8")

    found = check_imports(project)

    path.write_text(kept, encoding="utf-8")
    assert f"{rule} BROKEN" in found
