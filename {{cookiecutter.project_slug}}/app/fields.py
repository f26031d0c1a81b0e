"""Types that request schemas share; each accepts only what a column can hold."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from app.database.base import LARGEST_INTEGER

Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]


def _without_nul(text: str) -> str:
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
    str, StringConstraints(strip_whitespace=True), AfterValidator(_without_nul)
]


def not_null(value: object) -> object:
    """Refuse null for a field that may be left out; a validator of update schemas."""
    if value is None:
        raise ValueError("may be left out, but not be null")
    return value
