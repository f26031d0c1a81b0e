"""The pages of a service sign in at a certified OpenID provider, whose tokens it takes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from mirakuru import TCPExecutor
from port_for import select_random

from tests.browsing import authorize_at_issuer, execute_in_docs, walking
from tests.combinations import SIGN_IN, TEMPLATE, Combination
from tests.installed import install
from tests.node import node_modules
from tests.servers import HOST, running

__all__ = ["node_modules"]  # a fixture

SCRIPT = TEMPLATE / "tests" / "clients" / "issuer.mjs"
AUDIENCE = "https://shop.example.com"
SHOPS = [each for each in SIGN_IN if each.auth == "oidc" and each.sample == "shop"]

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("combination", SHOPS[:1], ids=lambda each: each.with_server)
def test_docs_authorize_at_a_certified_issuer(
    combination: Combination,
    variables: dict[str, str],
    node_modules: Path,
    shots: Path,
    tmp_path: Path,
) -> None:
    port = select_random()
    issuer = f"http://{HOST}:{port}"
    project = install(
        combination,
        **variables,
        APP_OIDC_ISSUER=issuer,
        APP_OIDC_AUDIENCE=AUDIENCE,
        APP_OIDC_DOCS_CLIENT="docs",
    )

    with project.database():
        project.run("python -m app.database upgrade")
        with (
            project.service() as service,
            certified_issuer(node_modules, port, service.url, tmp_path / "issuer.log"),
            walking(service.url, shots / "issuer", issuer) as walk,
        ):
            authorize_at_issuer(walk, "ann")
            execute_in_docs(walk, "users-get_me")
            walk.show("me")
            # The name of the token, whose claim says that she is an admin.
            walk.page.get_by_text('"username": "ann"').wait_for()
            execute_in_docs(walk, "categories-create_category")
            execute_in_docs(walk, "products-create_product")
            execute_in_docs(walk, "orders-place_order")
            walk.show("order")


@contextmanager
def certified_issuer(modules: Path, port: int, service: str, log: Path) -> Iterator[None]:
    """Run an issuer, at which the documentation of a service is a public client."""
    script = shutil.copy2(SCRIPT, modules.parent)
    redirect = f"{service}/docs/oauth2-redirect"
    command = ["node", str(script), str(port), AUDIENCE, redirect, service]
    with running(partial(TCPExecutor, command, host=HOST, port=port), log):
        yield
