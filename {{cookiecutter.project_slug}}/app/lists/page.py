"""Lists in parts: what clients ask for, and what they receive."""

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item", bound=BaseModel)


class PageQuery(BaseModel):
    """The query parameters of every list; inherit to add filters and list the sorts.

    ``after`` asks for what follows a page in place of a page by its number: empty for
    the first, then the ``next`` of the one before. It costs the same at any depth.
    """

    model_config = ConfigDict(extra="forbid")

    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=20, ge=1, le=100)
    # An exact count reads all rows. By default they are counted up to a bound.
    count: Literal["exact", "none"] | None = None
    after: str | None = Field(default=None, max_length=2000)
    sort: str = Field(default="id", pattern="^-?id$")


class Page(BaseModel, Generic[Item]):
    """A part of a list. With ``after``, the fields about its number are null.

    The total is null where there are more rows than are counted by default.
    """

    items: list[Item]
    total: int | None = None
    page: int | None = None
    page_size: int
    total_pages: int | None = None
    has_next: bool
    has_previous: bool | None = None
    next: str | None = None
