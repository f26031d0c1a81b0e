"""Asking for a feature, field by field."""

from collections.abc import Sequence

import click

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.access import ROLES, USERS
from cookiecutter_fastapi_sqlalchemy.features.building import Builder
from cookiecutter_fastapi_sqlalchemy.features.field_types import MANY, REFERENCE, TYPES
from cookiecutter_fastapi_sqlalchemy.features.fields import ON_DELETE
from cookiecutter_fastapi_sqlalchemy.features.grammar import (
    OPTIONS,
    TYPES_WITH_ARGUMENTS,
    Spec,
    parse_line,
    type_names,
)

ARGUMENTS = {
    "str": ("Longest text, in characters", "200"),
    "enum": ("Values, with commas between them", None),
    MANY: ("Table", None),
}


def ask_singular(guessed: str) -> str:
    """Ask what one of them is called, and return it."""
    answer: str = click.prompt("What is one of them called", default=guessed)
    return answer.strip()


def ask_owner() -> str | None:
    """Ask whether users own the rows, and return the table of those who do, or None."""
    question = "Do they belong to users, each of whom sees only their own"
    return USERS if click.confirm(question, default=False) else None


def ask_role(usual: str) -> str:
    """Ask which role writes them, and return it."""
    role: str = click.prompt("Role that writes them", type=click.Choice(ROLES), default=usual)
    return role


def ask_fields(builder: Builder) -> list[Spec]:
    """Ask for fields until there is no name, and return them."""
    specs: list[Spec] = []
    tables = sorted({*builder.tables, builder.name})
    click.echo(f"Types: {', '.join(type_names())} ({', '.join(tables)}).")
    while name := click.prompt("Name of a field (Enter ends)", default="", show_default=False):
        try:
            spec = parse_line(_ask_line(name.strip(), tables))
            builder.build([*specs, spec])
        except Refused as refused:
            click.echo(f"{refused.message} Try again.")
            continue
        click.echo(f"  {spec.text}")
        specs.append(spec)
    return specs


def _ask_line(name: str, tables: Sequence[str]) -> str:
    """Ask for all of a field but its name, and return its text."""
    choices = click.Choice([*(each for each in TYPES if each != REFERENCE), MANY, *tables])
    type_name = click.prompt("  Type", type=choices, default="str", show_choices=False)
    line = f"{name}:{type_name}"
    if type_name in TYPES_WITH_ARGUMENTS:
        question, usual = ARGUMENTS[type_name]
        line += f"({click.prompt(f'  {question}', default=usual).strip()})"
    if type_name == MANY:
        return line
    if click.confirm("  May it be empty", default=False):
        line += "?"
    if type_name not in TYPES:
        rule = click.prompt(
            "  When the other is deleted", type=click.Choice([*ON_DELETE]), default="restrict"
        )
        return line if rule == "restrict" else f"{line}:{rule}"
    default = click.prompt("  Default (Enter for none)", default="", show_default=False)
    line += f"={default}" if default else ""
    choices = click.Choice(["no", *(option for option in OPTIONS if option not in ON_DELETE)])
    option = click.prompt("  Unique, or an index", type=choices, default="no")
    return line if option == "no" else f"{line}:{option}"
