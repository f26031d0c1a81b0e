"""Types that request schemas share; each accepts only what a column can hold."""

from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    Strict,
    StringConstraints,
)
from pydantic_core import CoreSchema

from app.database.base import LARGEST_INTEGER

Value = TypeVar("Value")

# For paths and queries, where all is text.
Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER, examples=[1])]
# For JSON, where "1" and true are no numbers, and 1 and "yes" not true.
StrictBool = Annotated[bool, Strict()]
StrictInt = Annotated[int, Strict()]
Reference = Annotated[StrictInt, Field(ge=1, le=LARGEST_INTEGER)]


def without_nul(text: str) -> str:
    """Return the text. Raises ValueError for one with a NUL character."""
    # {% if cookiecutter.database == "postgresql" %}
    # PostgreSQL stores no NUL: https://www.postgresql.org/docs/current/datatype-character.html
    # {% elif cookiecutter.database == "sqlite" %}
    # SQLite's functions stop at a NUL: https://www.sqlite.org/nulinstr.html
    # {% else %}
    # Many programs take a NUL for the end of the text.
    # {% endif %}
    if "\0" in text:
        raise ValueError("must not contain the NUL character")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(without_nul)
]


def example(body: dict[str, Any]) -> ConfigDict:
    """Return the configuration of a schema with a body that ``/docs`` shows to be sent."""
    return ConfigDict(json_schema_extra={"examples": [body]})


def _without_null(optional: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    schema = handler(optional)
    return schema["schema"] if schema["type"] == "nullable" else schema


# What an update may leave out (then it is None here) but not set to null. Errors and
# OpenAPI then show the value's type alone, in place of each member of a union.
NotNull = Annotated[Value | None, GetPydanticSchema(_without_null)]
