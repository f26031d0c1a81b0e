"""No secret leaks into responses, logs, documentation or git."""

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path

import pytest
import yaml

from tests.baking import Cookies, bake
from tests.combinations import COMBINATIONS, Combination, in_turn
from tests.figures import Figures
from tests.installed import UVICORN, Installed, install
from tests.reliability.hostile_inputs import API, BODIES
from tests.reliability.wire import JSON, Wire, head
from tests.servers import HOST

PASSWORD = "Zq7-correct/horse@Xw"  # with characters to escape in a URL
ESCAPED = "Zq7-correct%2Fhorse%40Xw"
EMAIL = "mallory@example.com"
USER = {"username": "mallory", "email": EMAIL, "password": PASSWORD}

CLOSED_PORT = 9  # the port of "discard", a service that no system runs any more

BY_NAME = {str(each): each for each in COMBINATIONS}
PLAIN = BY_NAME["async-sqlite-aiosqlite-repository-shop"]
ON_SERVERS = [
    BY_NAME[name]
    for name in (
        "async-postgresql-asyncpg-dao-shop",
        "sync-mysql-pymysql-repository-shop",
        "sync-postgresql-psycopg-repository-shop",
        "sync-postgresql-psycopg2-repository-shop",
        "async-mysql-asyncmy-dao-shop",
    )
]
each_driver = pytest.mark.parametrize("combination", in_turn(ON_SERVERS, ON_SERVERS[:1]))
each_database = pytest.mark.parametrize(
    "combination", in_turn(ON_SERVERS, ON_SERVERS[:1], ON_SERVERS[:2])
)

# A revision that makes the database refuse the statements of the application.
REVISION = """\
from alembic import op

revision = "sabotage"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in {statements!r}:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError
"""
SABOTAGE = (
    "ALTER TABLE notifications ADD CONSTRAINT ck_no_recipient CHECK (left(recipient, 7) <> 'mallory')",
    "ALTER TABLE users ADD CONSTRAINT ck_no_password CHECK (bio <> 'leave')",
    "ALTER TABLE tags RENAME TO labels",
)


ALIVE = "/health/live"


def secrets_in(text: str, secrets: Iterable[str] = (PASSWORD, ESCAPED)) -> list[str]:
    """Return the secrets that a text contains."""
    return [secret for secret in secrets if secret in text]


@pytest.mark.thorough
@each_driver
def test_the_password_of_the_database_never_leaks(
    combination: Combination,
    variables: dict[str, str],
    figures: Figures,
) -> None:
    project = install(combination, **variables)
    scheme, server = variables["APP_DATABASE_URL"].split("://")
    address, database = server.split("/")
    nowhere = f"{scheme}://someone:{ESCAPED}@{HOST}:{CLOSED_PORT}/{database}"
    wrong = f"{scheme}://someone:{ESCAPED}@{address.rpartition('@')[2]}/{database}"

    with project.database():
        outputs = [
            *output_of_commands(project.with_variables(APP_DATABASE_URL=nowhere)),
            *output_of_commands(project.with_variables(APP_DATABASE_URL=wrong)),
            output_of_service(project.with_variables(APP_DATABASE_URL=nowhere)),
            output_of_service(project.with_variables(APP_DATABASE_URL=wrong)),
        ]

    assert all(outputs), "each output reports the failure"
    found = [text for text in outputs if secrets_in(text)]
    assert found == []
    figures.note("secrets found in logs, answers and git", combination, len(found))


def output_of_commands(project: Installed) -> list[str]:
    """Return the outputs of commands that cannot connect to the database."""
    return [
        project.run("python -m app.database upgrade", expected=1),
        project.run("python -m app.database check", expected=1),
        project.run("alembic upgrade head", expected=1),
        project.run("alembic check", expected=1),
    ]


def output_of_service(project: Installed) -> str:
    """Return the responses and the log of a service that cannot connect to its database."""
    answers = []
    with project.service(UVICORN, waits_for=ALIVE) as service:
        wire = Wire(service.url)
        for path in ("/health/ready", f"{API}/users"):
            answer = wire.get(path)
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE, answer
            answers.append(answer.body.decode())
        created = wire.send_json("POST", f"{API}/users", USER)
        assert created.status == HTTPStatus.SERVICE_UNAVAILABLE, created
        answers.append(created.body.decode())
    return "\n".join([*answers, service.log.read_text(encoding="utf-8")])


@each_driver
def test_a_failing_statement_leaks_nothing_of_the_row(
    combination: Combination,
    variables: dict[str, str],
    figures: Figures,
) -> None:
    project = install(combination, **variables)

    with project.database():
        project.run("alembic upgrade head")
        project.run("python -m app.seed --rows 5")
        sabotage(project)
        with project.service(UVICORN, waits_for=ALIVE) as service:
            wire = Wire(service.url)
            user = wire.send_json("POST", f"{API}/users", USER)
            assert user.status == HTTPStatus.CREATED, user
            again = wire.send_json("POST", f"{API}/users", USER)
            assert again.status == HTTPStatus.CONFLICT, again
            path = f"{API}/users/{user.json()['id']}"
            refused = wire.send_json("PATCH", path, {"bio": "leave", "password": PASSWORD + "!"})
            assert refused.status == HTTPStatus.UNPROCESSABLE_ENTITY, refused
            items = [{"product_id": 1, "quantity": 1}]
            order = {"user_id": user.json()["id"], "items": items}
            ordered = wire.send_json("POST", f"{API}/orders", order)
            assert ordered.status == HTTPStatus.CREATED, ordered
            bug = wire.get(f"{API}/products/1")
            assert bug.status == HTTPStatus.INTERNAL_SERVER_ERROR, bug

    said = service.log.read_text(encoding="utf-8")
    assert "no notification of order" in said
    assert "unexpected database error" in said
    answers = "".join(str(each.body) for each in (again, refused, bug))
    found = secrets_in(said + answers, (PASSWORD, EMAIL, "$argon2"))
    assert found == []
    assert "labels" not in answers
    figures.note("secrets found in logs, answers and git", combination, len(found))


def sabotage(project: Installed) -> None:
    """Change the schema, so that the code no longer fits it."""
    revision = project.path / "migrations" / "versions" / "sabotage.py"
    revision.write_text(REVISION.format(statements=SABOTAGE), encoding="utf-8")
    project.run("alembic upgrade head")


@each_database
def test_production_refuses_placeholders_and_debugging_in_one_sentence(
    combination: Combination, variables: dict[str, str]
) -> None:
    project = install(combination, **variables)
    scheme, server = variables["APP_DATABASE_URL"].split("://")
    account, _, place = server.partition("@")

    def says(**changes: str) -> str:
        changed = project.with_variables(APP_ENVIRONMENT="production", **changes)
        return changed.run("uvicorn app.main:app --port 0", expected=1)

    placeholder = placeholder_of(project)
    for password in ("", placeholder, "password"):
        url = f"{scheme}://{account}:{password}@{place}"
        said = says(APP_DATABASE_URL=url)
        assert re.fullmatch(r"APP_DATABASE_URL: [^\n]+ production\. [^\n]+\n", said), said
    said = says(APP_DEBUG="true")
    assert re.fullmatch(r"APP_DEBUG: [^\n]+ production\. [^\n]+\n", said), said
    said = says(APP_DATABASE_URL=f"oracle://someone:{ESCAPED}@{HOST}/x")
    assert re.fullmatch(r"APP_DATABASE_URL: [^\n]+\n", said), said
    assert secrets_in(said) == []


def placeholder_of(project: Installed) -> str:
    """Return the password in the example of the settings."""
    example = (project.path / ".env.example").read_text(encoding="utf-8")
    found = re.search(r"^DATABASE_PASSWORD=(.+)$", example, re.MULTILINE)
    assert found
    return found[1]


MARK = "Zq7hunter2Xw"


def test_answers_repeat_no_input_and_other_origins_are_let_in_by_name_alone() -> None:
    project = install(PLAIN)

    with project.database():
        project.run("alembic upgrade head")
        with project.service(UVICORN, waits_for=ALIVE) as closed:
            wire = Wire(closed.url)
            check_that_nothing_is_repeated(wire)
            check_documentation(wire)
            assert allowed(wire, "https://app.example.com") == {None}
        named = json.dumps(["https://app.example.com"])
        opened = project.with_variables(APP_CORS_ORIGINS=named)
        with opened.service(UVICORN, waits_for=ALIVE) as service:
            wire = Wire(service.url)
            assert allowed(wire, "https://app.example.com") == {"https://app.example.com"}
            assert allowed(wire, "https://app.example.com.evil.org") == {None}
            assert allowed(wire, "null") == {None}

    said = closed.log.read_text(encoding="utf-8")
    assert f"{API}/users" in said
    assert MARK not in said


def check_that_nothing_is_repeated(wire: Wire) -> None:
    """Send invalid values with a marker in each field, and check that no answer repeats it."""
    for body in BODIES:
        for name in body.refused:
            for value in (f'"{MARK}\\ud800"', f'{{"a": "{MARK}"}}', f'["{MARK}", 1, null]'):
                path = API + body.path
                answer = wire.send(body.method, path, body.with_field(name, value))
                assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY, (path, name, value)
                assert MARK.encode() not in answer.body, (path, name, value)
    for text in (MARK, f'"{MARK}"', f'{{"users": "{MARK}"}}', f'{{"users": ["{MARK}"]}}'):
        answer = wire.send("POST", f"{API}/users/bulk", text.encode())
        assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY, text
        assert MARK.encode() not in answer.body, text


def check_documentation(wire: Wire) -> None:
    """Check that the documentation has passwords in requests, and none in responses."""
    documentation = wire.get("/openapi.json").json()
    assert "hashed_password" not in json.dumps(documentation)
    assert "sqlite" not in json.dumps(documentation)
    schemas = documentation["components"]["schemas"]
    with_password = {
        name for name, each in schemas.items() if "password" in each.get("properties", ())
    }
    assert with_password == {"UserCreate", "UserUpdate"}
    password = schemas["UserCreate"]["properties"]["password"]
    assert password["writeOnly"] is True
    assert "default" not in password


def allowed(wire: Wire, origin: str) -> set[str | None]:
    """Return the allowed origins in the responses to an origin, simple and preflight."""
    simple = wire.exchange(head("GET", "/health/live", {"Origin": origin}))
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = wire.exchange(head("OPTIONS", f"{API}/users", {**asked, **JSON}))
    return {each.headers.get("access-control-allow-origin") for each in (simple, preflight)}


IMAGES = [
    next(each for each in COMBINATIONS if each.driver == driver)
    for driver in dict.fromkeys(each.driver for each in COMBINATIONS)
]


@pytest.mark.parametrize("combination", IMAGES, ids=lambda each: each.driver)
def test_the_container_runs_as_a_user_and_holds_no_secret(
    combination: Combination, cookies: Cookies
) -> None:
    project = bake(cookies, **combination.answers)

    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    final = dockerfile[dockerfile.rindex("\nFROM ") :].splitlines()
    users = [line.split()[1] for line in final if line.startswith("USER ")]
    starts = [number for number, line in enumerate(final) if line.startswith("CMD ")]
    assert users, "the last stage has no USER: it runs as root"
    number = users[-1].partition(":")[0]  # by which Kubernetes can tell that it is not root
    assert number.isdecimal()
    assert int(number) > 0
    assert final.index(f"USER {users[-1]}") < starts[-1]
    assert not re.search(r"PASSWORD|SECRET|DATABASE_URL", dockerfile)
    ignored = (project / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*"
    assert not any(line.startswith("!.env") for line in ignored)


@pytest.mark.parametrize("combination", IMAGES, ids=lambda each: each.driver)
def test_ci_audits_the_packages_and_the_tests_do_not(
    combination: Combination, cookies: Cookies
) -> None:
    project = bake(cookies, **combination.answers)

    workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    audits = [command for command in steps if "pip-audit@" in command]
    assert len(audits) == 1
    assert "pytest" not in audits[0]
    texts = [*project.glob("tests/**/*.py"), project / "pyproject.toml"]
    assert [path for path in texts if "audit" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    "combination", [PLAIN, BY_NAME["async-postgresql-asyncpg-dao-shop"]], ids=str
)
def test_git_takes_no_secret(
    combination: Combination, variables: dict[str, str], figures: Figures
) -> None:
    project = install(combination, **variables)

    project.shell("git add --all")
    taken = project.shell("git ls-files --cached").split()
    environment = (project.path / ".env").read_text(encoding="utf-8")
    secrets = re.findall(r"^DATABASE_PASSWORD=(.+)$", environment, re.MULTILINE)
    texts = [(project.path / name).read_text(encoding="utf-8") for name in taken]

    assert ".env.example" in taken
    assert [name for name in taken if Path(name).name == ".env" or name.startswith(".venv")] == []
    assert len(secrets) == (combination.database != "sqlite")
    found = [secret for text in texts for secret in secrets_in(text, secrets)]
    assert found == []
    assert (project.path / ".env").stat().st_mode & 0o077 == 0
    figures.note("secrets found in logs, answers and git", combination, len(found))
