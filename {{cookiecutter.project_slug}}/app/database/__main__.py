"""Prepare the database, by hand or before the service starts; see --help."""

import argparse
# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}

from alembic import command
from alembic.util import CommandError

import app.models
# {% if cookiecutter.database != "sqlite" %}
from app.database.administration.capacity import print_capacity
# {% endif %}
from app.database.administration.console import exit_with_sentence
from app.database.administration.lifecycle import alembic_config, ensure_database
# {% if cookiecutter.database == "postgresql" %}
from app.database.administration.role_settings import role_settings
# {% endif %}
from app.database.database import Database
# {% if cookiecutter.database == "postgresql" %}
from app.database.direct import direct_settings, direct_url_variable
# {% endif %}
from app.database.readiness import SchemaState, check_ready
from app.errors import Unavailable
from app.settings import Settings, load_settings

COMMANDS = {
    "create": "create the database unless it exists",
    "upgrade": "create the database unless it exists, and run the migrations",
    "check": "check that the database answers and its schema is not behind",
    # {% if cookiecutter.database == "postgresql" %}
    "local": "run a server for development at the address of the settings",
    "role-settings": "print what sets the role to the limits of the settings",
    # {% endif %}
}
STATES: dict[SchemaState, str] = {
    "current": "the database answers and its schema is at the head",
    "ahead": "the schema is ahead: a newer release has migrated it, nothing to do",
}


def main() -> None:
    """Run one of COMMANDS. Exits with 1 and one sentence when that cannot be done."""
    arguments = _parse_arguments()
    with exit_with_sentence():
        settings = load_settings()
        if arguments.command == "check":
            _check(settings)
            return
        # {% if cookiecutter.database == "postgresql" %}
        if arguments.command == "role-settings":
            print(role_settings(settings))
            return
        settings = direct_settings(settings)
    with exit_with_sentence(direct_url_variable()):
        if arguments.command == "local":
            _serve(settings)
            return
        # {% endif %}
        _create(settings, arguments.wait)
        if arguments.command == "upgrade":
            _upgrade(settings)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.database")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in COMMANDS.items():
        subparser = commands.add_parser(name, help=purpose, description=purpose)
        if name in ("create", "upgrade"):
            subparser.add_argument(
                "--wait",
                type=float,
                default=0,
                metavar="SECONDS",
                help="how long to wait for a server that does not answer yet",
            )
    return parser.parse_args()


# {% if cookiecutter.database == "postgresql" %}
def _serve(settings: Settings) -> None:
    # It needs the development dependencies.
    from app.database.administration.local import serve

    serve(settings.database_url)


# {% endif %}
def _create(settings: Settings, wait: float) -> None:
    # {% if cookiecutter.concurrency == "async" %}
    created = asyncio.run(ensure_database(settings, wait))
    # {% else %}
    created = ensure_database(settings, wait)
    # {% endif %}
    name = settings.database_url.database
    print(f"database {name}: {'created' if created else 'exists'}")


def _upgrade(settings: Settings) -> None:
    try:
        command.upgrade(alembic_config(settings), "head")
    except CommandError:
        # Alembic does not know the revision that a newer release has migrated to.
        if not _is_ahead(settings):
            raise
        print(STATES["ahead"])


def _is_ahead(settings: Settings) -> bool:
    try:
        return _schema_state(settings) == "ahead"
    except Unavailable:
        return False


def _check(settings: Settings) -> None:
    print(STATES[_schema_state(settings)])
    # {% if cookiecutter.database != "sqlite" %}
    print_capacity(settings)
    # {% endif %}


def _schema_state(settings: Settings) -> SchemaState:
    # {% if cookiecutter.concurrency == "async" %}
    return asyncio.run(_fetch_schema_state(settings))


async def _fetch_schema_state(settings: Settings) -> SchemaState:
    # {% endif %}
    database = Database(settings)
    try:
        return await check_ready(database)
    finally:
        await database.dispose()


if __name__ == "__main__":
    main()
