"""The form in which fields are written: ``slug:str(80):unique``, ``price:money=0``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.field_types import MANY, REFERENCE, TYPES
from cookiecutter_fastapi_sqlalchemy.features.fields import ON_DELETE

OPTIONS = ("unique", "index", *ON_DELETE)
TYPE = re.compile(r"(?P<name>\w+)(\((?P<arguments>[^()]*)\))?")
# Blanks between fields, but not those within parentheses.
BLANKS = re.compile(r"\s+(?![^()]*\))")

# The keys of a field in JSON.
KEYS = (
    *("name", "type", "length", "values", "table"),
    *("nullable", "unique", "index", "default", "on_delete"),
)
TYPES_WITH_ARGUMENTS = ("str", "enum", MANY)


@dataclass(frozen=True)
class Spec:
    """A field as it was written; whether it can be made is for others to say."""

    text: str = field(compare=False)  # for messages
    name: str
    type_name: str  # of TYPES, or many
    arguments: tuple[str, ...] = ()  # length, values, or table
    nullable: bool = False
    default: str | None = None
    options: tuple[str, ...] = ()


def split_lines(texts: Iterable[str]) -> list[str]:
    """Return the fields of arguments, each of which may have several."""
    return [line for text in texts for line in BLANKS.split(text.strip()) if line]


def parse_line(line: str) -> Spec:
    """Return the field that a text describes. Raises Refused for one that is no field."""
    name, colon, rest = line.partition(":")
    if not (colon and rest):
        raise Refused(f"{line!r} has no type: write it like {name or 'title'}:str(200).")
    options = []
    while (parts := rest.rpartition(":"))[2] in OPTIONS:
        rest, option = parts[0], parts[2]
        options.append(option)
    written, equals, default = rest.partition("=")
    nullable = written.endswith("?")
    found = TYPE.fullmatch(written.removesuffix("?"))
    if not found:
        raise Refused(_problem_with_type(line, written))
    arguments = _arguments_of(found["arguments"])
    type_name = found["name"]
    if type_name not in TYPES and type_name != MANY:
        if arguments:
            raise Refused(
                f"{line!r} has an unknown type, {type_name}: use one of {', '.join(type_names())}."
            )
        type_name, arguments = REFERENCE, (type_name,)
    takes_arguments = type_name in (*TYPES_WITH_ARGUMENTS, REFERENCE)
    if found["arguments"] is not None and not takes_arguments:
        raise Refused(f"{line!r}: {type_name} takes nothing in parentheses, leave them out.")
    return Spec(
        line,
        name,
        type_name,
        arguments,
        nullable,
        default if equals else None,
        tuple(reversed(options)),
    )


def type_names() -> list[str]:
    """Return the names of types, as they are written."""
    return [*(name for name in TYPES if name != REFERENCE), MANY, "a table"]


def _arguments_of(text: str | None) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",")) if text else ()


def _problem_with_type(line: str, written: str) -> str:
    _, colon, option = written.rpartition(":")
    if colon and option in OPTIONS:
        name, _, default = line.partition("=")
        proposal = f"{name.removesuffix(f':{option}')}={default}:{option}"
        return f"{line!r} has its default after {option}: write {proposal}."
    if colon:
        return f"{line!r} has an unknown option, {option}: use {', '.join(OPTIONS)}."
    return (
        f"{line!r} has no type that can be read in {written!r}: write one like str(200), "
        "datetime? or enum(draft,live)."
    )


def parse_json(described: object) -> Spec:
    """Return the field that a value of JSON describes: a text as above, or an object."""
    if isinstance(described, str):
        return parse_line(described)
    if not isinstance(described, Mapping):
        raise Refused(f"The field {described!r} is no object: write one with name and type.")
    if unknown := sorted(set(described) - set(KEYS)):
        raise Refused(f"A field has an unknown key, {unknown[0]}: use {', '.join(KEYS)}.")
    return _spec_of(described)


def _spec_of(described: Mapping[str, Any]) -> Spec:
    """Return the field that an object describes."""
    name, written = described.get("name"), described.get("type")
    if not (isinstance(name, str) and isinstance(written, str)):
        raise Refused(f"The field {dict(described)!r} has no name or no type: write both as texts.")
    on_delete = described.get("on_delete")
    if on_delete is not None and on_delete not in ON_DELETE:
        raise Refused(f"The field {name!r} has an unknown on_delete: use {', '.join(ON_DELETE)}.")
    options = [option for option in ("unique", "index") if described.get(option)]
    is_known = written in (*TYPES, MANY)
    return Spec(
        text=f"{name}:{written}",
        name=name,
        type_name=written if is_known else REFERENCE,
        arguments=_arguments_in(described) if is_known else (written,),
        nullable=bool(described.get("nullable")),
        default=_default_in(described),
        options=(*options, on_delete) if on_delete else tuple(options),
    )


def _arguments_in(described: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the length, the values or the table in an object."""
    given = described.get("values", described.get("length", described.get("table")))
    if given is None:
        return ()
    return tuple(map(str, given)) if isinstance(given, list) else (str(given),)


def _default_in(described: Mapping[str, Any]) -> str | None:
    default = described.get("default")
    if default is None:
        return None
    if not isinstance(default, str | int | float):
        raise Refused(f"The default {default!r} is no text, number, true or false: write one.")
    return str(default).lower() if isinstance(default, bool) else str(default)
