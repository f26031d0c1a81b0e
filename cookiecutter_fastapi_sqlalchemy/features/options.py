"""Lengths, values and options of fields: what they can be, and what suits which type."""

import re
from collections import Counter

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.field_types import (
    LONGEST_KEY,
    LONGEST_STRING,
    REFERENCE,
    TYPES,
)
from cookiecutter_fastapi_sqlalchemy.features.fields import ON_DELETE, member_of
from cookiecutter_fastapi_sqlalchemy.features.grammar import Spec

DEFAULT_LENGTH = "200"
ENUM_VALUE = re.compile(r"[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*")
LONGEST_ENUM_VALUE = 40


def check_arguments(spec: Spec) -> None:
    """Raise Refused for a reference to no table."""
    if spec.type_name == REFERENCE and len(spec.arguments) != 1:
        raise Refused(f"{spec.text!r} names no table: write it like author:users.")


def check_options(spec: Spec) -> None:
    """Raise Refused for options that do not suit the type, or each other."""
    for option in spec.options:
        if spec.options.count(option) > 1:
            raise Refused(f"{spec.text!r} says {option} twice: leave one out.")
    rules = [option for option in spec.options if option in ON_DELETE]
    if rules and spec.type_name != REFERENCE:
        raise Refused(f"{spec.text!r} refers to no table: leave out {rules[0]}.")
    if len(rules) > 1:
        raise Refused(f"{spec.text!r} says {' and '.join(rules)}: leave one out.")
    if "set-null" in rules and not spec.nullable:
        raise Refused(
            f"{spec.text!r} cannot be set to null: write {spec.name}:{spec.arguments[0]}?:set-null."
        )
    if {"unique", "index"} <= {*spec.options}:
        raise Refused(f"{spec.text!r} is unique, which has an index: leave out index.")
    if not TYPES[spec.type_name].may_be_key and spec.options:
        raise Refused(
            f"{spec.text!r}: {spec.type_name} cannot be {_adjective(spec.options[0])}, so leave "
            f"out {spec.options[0]}."
        )
    if "unique" in spec.options and spec.type_name in ("bool", "enum"):
        raise Refused(
            f"{spec.text!r}: there would be no more rows than values of {spec.type_name}, so "
            "leave out unique."
        )


def _adjective(option: str) -> str:
    return "unique" if option == "unique" else "indexed on every database"


def length_of(spec: Spec) -> int:
    """Return the length of a str. Raises Refused for one that it cannot have."""
    text, *more = spec.arguments or (DEFAULT_LENGTH,)
    is_number = text.isascii() and text.isdigit() and not more
    if not is_number or not 1 <= int(text[:9]) <= LONGEST_STRING:
        raise Refused(
            f"{spec.text!r}: the length of a str is a number from 1 to {LONGEST_STRING}, so "
            "write it like str(200), or text for more."
        )
    is_key = "unique" in spec.options or "index" in spec.options
    if is_key and int(text) > LONGEST_KEY:
        raise Refused(
            f"{spec.text!r} is too long for an index, which takes {LONGEST_KEY} characters on "
            "every database: shorten it."
        )
    return int(text)


def values_of(spec: Spec) -> tuple[str, ...]:
    """Return the values of an enum. Raises Refused for those that it cannot have."""
    values = spec.arguments
    for value in values:
        if not ENUM_VALUE.fullmatch(value) or len(value) > LONGEST_ENUM_VALUE:
            raise Refused(
                f"{spec.text!r}: the value {value!r} of an enum is no word of up to "
                f"{LONGEST_ENUM_VALUE} letters, digits, - and _, so write them like "
                "enum(draft,live)."
            )
    if len(values) < 2:
        raise Refused(f"{spec.text!r}: an enum has two values at least, as enum(draft,live).")
    [(member, times)] = Counter(map(member_of, values)).most_common(1)
    if times > 1:
        raise Refused(f"{spec.text!r}: two values would be called {member}, so rename one.")
    return values


def on_delete_of(spec: Spec, is_own: bool) -> str:
    """Return what becomes of the row when that which it refers to is deleted.

    Raises Refused for what is impossible where both are of the same table.
    """
    rules = [option for option in spec.options if option in ON_DELETE]
    if not is_own:
        return rules[0] if rules else "restrict"
    if not spec.nullable:
        raise Refused(
            f"{spec.text!r}: the first row could refer to none, so write "
            f"{spec.name}:{spec.arguments[0]}?."
        )
    if rules == ["restrict"]:
        raise Refused(
            f"{spec.text!r}: databases would refuse to delete all rows at once, so use set-null "
            "or cascade."
        )
    return rules[0] if rules else "set-null"
