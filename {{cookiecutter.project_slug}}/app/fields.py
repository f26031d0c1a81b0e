"""Types that request schemas share; each accepts only what a column can hold."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

LARGEST_INTEGER = 2**31 - 1  # INTEGER, on every database

Id = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]


def _without_nul(text: str) -> str:
    # PostgreSQL stores no NUL: https://www.postgresql.org/docs/current/datatype-character.html
    if "\0" in text:
        raise ValueError("must not contain the NUL character")
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_without_nul)
]
