"""Create the first admin: ``python -m app.users create-admin NAME E-MAIL``."""

import argparse
# {% if cookiecutter.concurrency == "async" %}
import asyncio
# {% endif %}
import sys
from getpass import getpass

from pydantic import ValidationError

from app.auth.roles import Role
from app.database.administration.console import exit_with_sentence
from app.database.database import Database
from app.settings import load_settings
from app.users.passwords import hash_password
from app.users.roles import create_in_role
from app.users.schemas import UserCreate


def main() -> None:
    """Create an admin. Exits with 1 and one sentence when that cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m app.users")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("create-admin", help="create a user who may do all")
    command.add_argument("username")
    command.add_argument("email")
    arguments = parser.parse_args()
    data = _read(arguments.username, arguments.email)
    with exit_with_sentence():
        # {% if cookiecutter.concurrency == "async" %}
        asyncio.run(create_admin(data))
        # {% else %}
        create_admin(data)
        # {% endif %}
    print(f"{data.username} is an admin")


def _read(username: str, email: str) -> UserCreate:
    """Ask for the password twice, and return the user."""
    if not sys.stdin.isatty():
        sys.exit("The password is asked for: run this in a terminal.")
    password = getpass("Password: ")
    if getpass("Again: ") != password:
        sys.exit("The passwords differ: nobody was created.")
    values = {"username": username, "email": email, "password": password}
    try:
        return UserCreate.model_validate(values)
    except ValidationError as error:
        [first, *_] = error.errors(include_input=False)
        field = ".".join(map(str, first["loc"]))
        sys.exit(f"The {field} cannot be used: {first['msg']}.")


async def create_admin(data: UserCreate) -> None:
    """Create an admin. Raises Conflict where the username or e-mail is taken."""
    hashed = await hash_password(data.password)
    database = Database(load_settings())
    try:
        await database.transaction(create_in_role, data, hashed, Role.ADMIN)
    finally:
        await database.dispose()


if __name__ == "__main__":
    main()
