"""Make every commit fail, and see what is answered and what is stored."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from app.database.database import Database
from app.http.dependencies import DatabaseDep
from app.main import create_app
from app.settings import load_settings
from app.users.models import User
from fastapi import FastAPI
from sqlalchemy import Connection, event, select

from tests.client import client_of

from .common import at_once, execute, insert_row, report, run, run_one

USERS = "/api/v1/users"
FAULTY = "/faulty"

# A rule that no user keeps, and that is looked at only at COMMIT.
DEFERRED_RULE = {
    "postgresql": (
        """\
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'refused' USING ERRCODE = 'check_violation'; END $$""",
        """\
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()""",
    ),
    "sqlite": (
        "CREATE TABLE refused (id INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER refuse_new AFTER INSERT ON users BEGIN INSERT INTO refused VALUES (0); END",
        "CREATE TRIGGER refuse_old AFTER UPDATE ON users BEGIN INSERT INTO refused VALUES (0); END",
    ),
}
# MySQL and MariaDB have no such rules. A server can always go away, though.
LOSS = {
    "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend({}, 5000)"),
    "mysql": ("SELECT CONNECTION_ID()", "KILL {}"),
}


def a_user(name: str) -> dict[str, str]:
    """Return the body of a request that creates a user."""
    return {"username": name, "email": f"{name}@example.com"}


def writes(user_id: int) -> list[tuple[str, str, Any]]:
    """Return a request of each kind that writes to the users."""
    return [
        ("POST", USERS, a_user("bob") | {"password": "correct horse"}),
        ("POST", f"{USERS}/bulk", {"users": [a_user("cem"), a_user("dot")]}),
        ("PATCH", f"{USERS}/{user_id}", {"bio": "changed"}),
        ("DELETE", f"{USERS}/{user_id}", None),
    ]


async def stored(database: Database) -> list[Any]:
    """Return all that is stored of users."""
    columns = User.__table__.columns
    rows = await database.fetch_rows(select(*columns).order_by(User.id))
    return [tuple(row) for row in rows]


async def add_user(transaction: Any, name: str) -> int:
    """Insert a user, and return the id."""
    return await insert_row(transaction, User, **a_user(name), hashed_password="x")


async def outcome(app: FastAPI, user_id: int) -> dict[str, Any]:
    """Send each request that writes; give the answers, and whether nothing was stored."""
    client = client_of(app)
    before = await stored(app.state.database)
    answers = []
    for method, path, body in writes(user_id):
        answer = await client.request(method, path, json=body)
        answers.append(answer.status_code)
    return {"statuses": answers, "stored": await stored(app.state.database) != before}


def lose_before_commit(ask_id: str, kill: str) -> Callable[[Connection], None]:
    """Make a hook that kills the connection on which COMMIT is about to be sent."""

    def hook(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(ask_id)
        [[connection_id]] = cursor.fetchall()
        [killed] = at_once(partial(run_one, kill.format(connection_id)))
        killed.result()

    return hook


def add_faulty_route(app: FastAPI) -> None:
    """Add a route that raises when it has written."""

    async def write_and_raise(transaction: Any) -> None:
        await add_user(transaction, "eva")
        raise ZeroDivisionError

    async def call_it(database: DatabaseDep) -> None:
        await database.transaction(write_and_raise)

    app.add_api_route(FAULTY, call_it, methods=["POST"])


async def call_faulty_route(app: FastAPI) -> dict[str, Any]:
    """Call the route that raises, and say whether it stored something."""
    add_faulty_route(app)
    before = await stored(app.state.database)
    with suppress(ZeroDivisionError):
        await client_of(app).post(FAULTY)
    return {"stored": await stored(app.state.database) != before}


async def main() -> None:
    """Let requests write while each commit fails, in each way that the database has."""
    backend = load_settings().database_url.get_backend_name()
    app = create_app()
    database = app.state.database
    user_id = await database.transaction(add_user, "ann")
    outcomes = {"route that raises": await call_faulty_route(app)}
    if backend in LOSS:
        hook = lose_before_commit(*LOSS[backend])
        event.listen(database.engine.sync_engine, "commit", hook)
        outcomes["connection lost"] = await outcome(app, user_id)
        event.remove(database.engine.sync_engine, "commit", hook)
    if backend in DEFERRED_RULE:
        await database.transaction(execute, *DEFERRED_RULE[backend])
        outcomes["deferred rule"] = await outcome(app, user_id)
    await database.dispose()
    report(outcomes)


if __name__ == "__main__":
    run(main)
