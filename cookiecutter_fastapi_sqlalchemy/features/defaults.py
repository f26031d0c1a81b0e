"""Defaults of fields: from how they are written to what they are in Python and JSON."""

import re
from dataclasses import replace
from decimal import Decimal

from cookiecutter_fastapi_sqlalchemy.errors import Refused
from cookiecutter_fastapi_sqlalchemy.features.field_types import (
    LARGEST_INTEGER,
    REFERENCE,
    TEXT_LENGTH,
)
from cookiecutter_fastapi_sqlalchemy.features.fields import (
    Field,
    Value,
    decimal_source,
    member_of,
)
from cookiecutter_fastapi_sqlalchemy.features.grammar import Spec

NO_DEFAULT = ("date", "datetime", "uuid", REFERENCE)


def with_default(field: Field, spec: Spec) -> Field:
    """Return a field with the default that was written, if any. Raises Refused."""
    if spec.default is None:
        return field
    if field.type_name in NO_DEFAULT:
        kind = "reference" if field.is_reference else field.type_name
        raise Refused(f"{spec.text!r}: a {kind} has no default, so leave it out, or write ?.")
    if field.unique:
        raise Refused(f"{spec.text!r} is unique, so a default would be taken: leave it out.")
    value = _value_of(field, spec.default)
    if value is None:
        raise Refused(
            f"{spec.text!r}: {spec.default!r} is no {_wanted(field)}, so write one after the =."
        )
    return replace(field, default=value)


def _wanted(field: Field) -> str:
    if field.type_name == "enum":
        return f"value of the enum ({', '.join(field.values)})"
    return {
        "str": f"text of up to {field.length} characters",
        "text": f"text of up to {TEXT_LENGTH} characters",
        "int": f"whole number up to {LARGEST_INTEGER}",
        "float": "number",
        "money": "amount of up to 14 digits before the point and 2 after it",
        "bool": "true or false",
    }[field.type_name]


def _value_of(field: Field, text: str) -> Value | None:
    """Return the default that a text means for a field, or None where it is none."""
    match field.type_name:
        case "str" | "text":
            return _text_value(text, field.length or TEXT_LENGTH)
        case "int":
            return _int_value(text)
        case "float":
            return _float_value(text)
        case "money":
            return _money_value(text)
        case "bool":
            python = {"true": "True", "false": "False"}.get(text)
            return Value(python, python) if python else None
        case _:
            if text not in field.values:
                return None
            return Value(f"{field.enum}.{member_of(text)}", f'"{text}"')


def _text_value(text: str, length: int) -> Value | None:
    if len(text) > length or not text.isprintable() or text != text.strip():
        return None
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return Value(f'"{escaped}"', f'"{escaped}"')


def _int_value(text: str) -> Value | None:
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or abs(int(text)) > LARGEST_INTEGER:
        return None
    return Value(str(int(text)), str(int(text)))


def _float_value(text: str) -> Value | None:
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        return None
    return Value(repr(float(text)), repr(float(text)))


def _money_value(text: str) -> Value | None:
    if not re.fullmatch(r"-?[0-9]{1,14}(\.[0-9]{1,2})?", text):
        return None
    amount = Decimal(text)
    return Value(decimal_source(amount), f'"{amount:.2f}"')
