"""Projects whose users sign in: their own tests pass, and served they keep who may do what."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pexpect
import pytest

from tests.browsing import create_in_admin, order_in_docs, walking
from tests.combinations import SIGN_IN, SIGN_IN_BY_DRIVER, Combination, in_turn
from tests.installed import TIMEOUT, Installed, install
from tests.issuing import issuer_of

PASSWORD = "correct horse battery"
CLIENTS = 50

pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    status: int
    headers: Message
    body: Any


@dataclass(frozen=True)
class Api:
    """Requests of one caller, who has an access token or none."""

    url: str
    token: str = ""

    def send(
        self, method: str, path: str, body: object = None, form: dict[str, str] | None = None
    ) -> Answer:
        """Send a request with a body as JSON, or with a form."""
        data = urlencode(form).encode() if form else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        try:
            with urlopen(request, timeout=TIMEOUT) as response:
                return Answer(response.status, response.headers, json.load(response))
        except HTTPError as error:
            return Answer(error.code, error.headers, json.load(error))


@pytest.mark.parametrize("combination", in_turn(SIGN_IN_BY_DRIVER, in_ci=SIGN_IN))
def test_users_sign_in(combination: Combination, variables: dict[str, str], shots: Path) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("ruff format --check .")
        project.run("ruff check .")
        project.run("mypy")
        project.run("pytest")
        project.alembic("upgrade head", "check", "downgrade base", "upgrade head")
        if combination.auth == "jwt":
            check_sign_in_by_password(project, shots / combination.with_server)
        else:
            check_tokens_of_an_issuer(project)


def check_sign_in_by_password(project: Installed, shots: Path) -> None:
    """Sign in, and find out that what has ended is refused, and no token logged."""
    create_admin(project)
    with project.service() as service:
        tokens = sign_in(Api(service.url))
        check_that_what_has_ended_is_refused(Api(service.url), tokens)
        if project.combination.admin and project.combination.sample == "shop":
            walk_through_pages(service.url, shots)
    log = service.log.read_text(encoding="utf-8")
    assert not [token for token in tokens.values() if len(str(token)) > 60 and token in log]


def check_tokens_of_an_issuer(project: Installed) -> None:
    """Call with tokens of an issuer, by many clients at once, and while it is away."""
    assert "APP_OIDC_ISSUER" in project.run("python -m app.main", expected=1)
    python = project.program("python")
    with issuer_of(python, project.path, project.environment()) as (variables, tokens):
        project = project.with_variables(**variables)
        with project.service() as service, ThreadPoolExecutor(CLIENTS) as threads:
            user, admin, forger = (
                Api(service.url, tokens[name]) for name in ("user", "admin", "forged")
            )

            def read(caller: Api) -> int:
                return caller.send("GET", "/users/me").status

            def write(number: int) -> int:
                return user.send("PATCH", path, {"bio": f"{number}"}).status

            assert Counter(threads.map(read, [user] * CLIENTS)) == {200: CLIENTS}
            path = f"/users/{user.send('GET', '/users/me').body['id']}"
            assert Counter(threads.map(write, range(CLIENTS))) == {200: CLIENTS}
            assert Counter(threads.map(read, [forger] * CLIENTS)) == {401: CLIENTS}
            assert admin.send("PATCH", path, {"is_active": False}).status == 200
            assert Counter(threads.map(write, range(CLIENTS))) == {403: CLIENTS}
            assert admin.send("GET", "/users").body["total"] == 2
    log = service.log.read_text(encoding="utf-8")
    assert not [token for token in tokens.values() if token in log]
    # With its issuer away, it starts, and takes no token that it cannot verify.
    with project.service() as service:
        refused = Api(service.url, tokens["user"]).send("GET", "/users/me")
        assert refused.status == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == "1"


def walk_through_pages(url: str, folder: Path) -> None:
    """Create a product in the pages for admins, and order it in those of the API."""
    with walking(url, folder) as walk:
        create_in_admin(walk, "boss", PASSWORD)
        order_in_docs(walk, "boss", PASSWORD)


def create_admin(project: Installed) -> None:
    """Create an admin at a terminal, by the command of the README."""
    child = pexpect.spawn(
        str(project.program("python")),
        ["-m", "app.users", "create-admin", "boss", "boss@example.com"],
        cwd=project.path,
        env=project.environment(),
        encoding="utf-8",
        timeout=60,
    )
    shown = ""
    for question in ("Password: ", "Again: "):
        child.expect_exact(question)
        shown += str(child.before)
        child.sendline(PASSWORD)
    child.expect(pexpect.EOF)
    child.wait()
    shown += str(child.before)
    assert child.exitstatus == 0, shown
    assert PASSWORD not in shown


def sign_in(visitor: Api) -> dict[str, Any]:
    """Sign in as the admin, and return the tokens."""
    answer = visitor.send("POST", "/auth/token", form={"username": "boss", "password": PASSWORD})
    assert answer.status == 200, answer.body
    tokens: dict[str, Any] = answer.body
    assert tokens["scope"] == "user staff admin"
    return tokens


def check_that_what_has_ended_is_refused(visitor: Api, tokens: dict[str, Any]) -> None:
    """Use a refresh token by many clients at once, which ends the sign-in for all of them."""
    boss = replace(visitor, token=tokens["access_token"])
    path = f"/users/{boss.send('GET', '/users/me').body['id']}"

    def write(number: int) -> int:
        return boss.send("PATCH", path, {"bio": f"{number}"}).status

    def renew(_number: int) -> int:
        body = {"refresh_token": tokens["refresh_token"]}
        return visitor.send("POST", "/auth/refresh", body).status

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert Counter(threads.map(write, range(CLIENTS))) == {200: CLIENTS}
        assert Counter(threads.map(renew, range(CLIENTS))) == {200: 1, 401: CLIENTS - 1}
        assert Counter(threads.map(write, range(CLIENTS))) == {401: CLIENTS}
    refused = boss.send("PATCH", path, {})
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
