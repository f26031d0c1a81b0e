"""The commands of the program. Each is imported when it is called, so that help is quick."""

from importlib import import_module

import click

# The module of each command; it has a click.Command that is named `command`.
COMMANDS = {
    "new": "cookiecutter_fastapi_sqlalchemy.new",
    "add-feature": "cookiecutter_fastapi_sqlalchemy.features.command",
    "update": "cookiecutter_fastapi_sqlalchemy.update.command",
    "adopt": "cookiecutter_fastapi_sqlalchemy.adopt.command",
}


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[name]).command
        return command


@click.command(cls=Commands)
@click.version_option(package_name="cookiecutter-fastapi-sqlalchemy")
def main() -> None:
    """Make a FastAPI service on SQLAlchemy and Alembic, and help it grow.

    All commands but `new` run inside a project. What they refuse changes nothing.
    """
