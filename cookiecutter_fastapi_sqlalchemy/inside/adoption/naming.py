"""Python's names for what the database names in its own way."""

import keyword
import re
import unicodedata
from collections.abc import Container
from typing import Any

from pluralizer import Pluralizer

WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NOT_IN_NAMES = re.compile(r"\W+")

PLURALS: Any = Pluralizer()  # type: ignore[no-untyped-call]


def snake_case(name: str, instead: str = "column") -> str:
    """Return a name as words in small letters: ``Order No.`` becomes ``order_no``.

    What begins with a digit, or has no letter, gets the other word before it.
    """
    words = WORDS.sub("_", unicodedata.normalize("NFKC", name))
    snake = NOT_IN_NAMES.sub("_", words).strip("_").lower()
    return snake if snake.isidentifier() else f"{instead}_{snake}".strip("_")


def camel_case(name: str) -> str:
    """Return a name as that of a class: ``order_state`` becomes ``OrderState``."""
    return "".join(word[:1].upper() + word[1:] for word in snake_case(name, "table").split("_"))


def singular_class(table: str) -> str:
    """Return the name of a table's class: ``order_items`` becomes ``OrderItem``."""
    *before, last = snake_case(table, "table").split("_")
    return camel_case("_".join([*before, str(PLURALS.singular(last))]))


def attribute(column: str, taken: Container[str]) -> str:
    """Return the attribute for a column; one that is taken or reserved gets a ``_``."""
    return free(snake_case(column), taken)


def member(value: str, taken: Container[str]) -> str:
    """Return the name of an enum's member for a value."""
    return free(snake_case(value, "value").upper() if value else "EMPTY", taken)


def free(name: str, taken: Container[str]) -> str:
    """Return the name, with as many ``_`` at its end as it takes to be free."""
    while name in taken or keyword.iskeyword(name):
        name += "_"
    return name
