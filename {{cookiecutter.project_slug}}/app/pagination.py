"""Lists in parts: by page number, with a total, or by cursor, for depth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    SerializeAsAny,
    Tag,
)

Item = TypeVar("Item")
Other = TypeVar("Other")


class PageQuery(BaseModel):
    """The query parameters of every list; inherit to add filters and list the sorts.

    ``count`` false leaves out the total, which costs as much as all rows do. ``after``
    asks for a slice in place of a page: empty for the first, then the ``next`` of the
    slice before. A slice costs the same at any depth, and counts nothing.
    """

    model_config = ConfigDict(extra="forbid")

    page: int = Field(default=1, ge=1, le=1_000_000)
    page_size: int = Field(default=20, ge=1, le=100)
    count: bool = True
    after: str | None = Field(default=None, max_length=2000)
    sort: str = Field(default="id", pattern="^-?id$")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and where in it they stand; None if nobody counted."""

    items: Sequence[Item]
    total: int | None
    page: int
    page_size: int
    has_next: bool

    @property
    def total_pages(self) -> int | None:
        return None if self.total is None else -(-self.total // self.page_size)

    @property
    def has_previous(self) -> bool:
        return self.page > 1

    def with_items(self, items: Sequence[Other]) -> "Page[Other]":
        """Give the same page with other items in place of these."""
        return Page(items, self.total, self.page, self.page_size, self.has_next)


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """Some items of a list, and the cursor of those after them, or None at the end."""

    items: Sequence[Item]
    next: str | None

    def with_items(self, items: Sequence[Other]) -> "Slice[Other]":
        """Give the same slice with other items in place of these."""
        return Slice(items, self.next)


class PageRead(BaseModel, Generic[Item]):
    """What clients receive for a page."""

    model_config = ConfigDict(from_attributes=True)

    items: list[Item]
    total: int | None
    page: int
    page_size: int
    total_pages: int | None
    has_next: bool
    has_previous: bool


class SliceRead(BaseModel, Generic[Item]):
    """What clients receive for a slice."""

    model_config = ConfigDict(from_attributes=True)

    items: list[Item]
    next: str | None


def _kind(part: object) -> str:
    return "page" if hasattr(part, "page") else "slice"


class PartRead(
    RootModel[
        SerializeAsAny[
            Annotated[
                Annotated[PageRead[Item], Tag("page")]
                | Annotated[SliceRead[Item], Tag("slice")],
                Discriminator(_kind),
            ]
        ]
    ],
    Generic[Item],
):
    """What clients receive for a list: a page, or a slice.

    Without the discriminator Pydantic 2.14 builds both, to see which one is right, and
    without SerializeAsAny, by the type that it has, it goes through a union's items twice.
    """
