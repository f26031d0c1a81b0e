"""Types that request schemas share; each accepts only what a column can hold."""

from typing import Annotated, Any, TypeVar

from pydantic import (
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

# {% if cookiecutter.database == "postgresql" %}
# PostgreSQL stores no NUL: https://www.postgresql.org/docs/current/datatype-character.html
# {% elif cookiecutter.database == "sqlite" %}
# SQLite's functions stop at a NUL: https://www.sqlite.org/nulinstr.html
# {% else %}
# Many programs take a NUL for the end of the text.
# {% endif %}
WITHOUT_NUL = r"^[^\x00]*$"
# Spaces at both ends are removed first: ``Annotated[Text, Field(max_length=200)]``.
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=WITHOUT_NUL)]


def example(body: dict[str, Any]) -> ConfigDict:
    """Return the configuration of a schema with a body that ``/docs`` shows to be sent."""
    return ConfigDict(json_schema_extra={"examples": [body]})


def _without_null(optional: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    schema = handler(optional)
    return schema["schema"] if schema["type"] == "nullable" else schema


# What an update may leave out (then it is None here) but not set to null. Errors and
# OpenAPI then show the value's type alone, in place of each member of a union.
NotNull = Annotated[Value | None, GetPydanticSchema(_without_null)]
