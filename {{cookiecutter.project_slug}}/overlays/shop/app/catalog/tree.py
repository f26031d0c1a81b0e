"""The tree of categories: how it grows from rows, and where in it a category may be."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Select, func, literal, select

from app.catalog.models import Category
from app.database.rows import AnyRow
from app.errors import Conflict

# The whole tree is one answer, and neither servers nor clients nest without end.
MAX_DEPTH = 20


@dataclass
class Branch:
    """A category and the branches below it."""

    id: int
    name: str
    slug: str
    children: list["Branch"] = field(default_factory=list)


def grow(categories: Iterable[AnyRow]) -> list[Branch]:
    """Give the top branches of the tree, every level in the order that came.

    Takes rows of id, name, slug and parent_id.
    """
    below: defaultdict[int | None, list[Branch]] = defaultdict(list)
    for category in categories:
        branch = Branch(category.id, category.name, category.slug, below[category.id])
        below[category.parent_id].append(branch)
    return below[None]


def check_place(
    category_id: int | None, ancestors: Collection[int], height: int
) -> None:
    """Check that a category may be below these. Raises Conflict if not.

    Takes its id, None if it is new, and its height: 1, or more with others below it.
    """
    if category_id in ancestors:
        raise Conflict("A category cannot be below itself.")
    if len(ancestors) + height > MAX_DEPTH:
        raise Conflict(f"Categories can be {MAX_DEPTH} levels deep, and no deeper.")


def ancestors_of(category_id: int) -> Select[int]:
    """Select the ids of a category and of all categories above it."""
    above = (
        select(Category.id, Category.parent_id)
        .where(Category.id == category_id)
        .cte(recursive=True)
    )
    # UNION without ALL ends even where the data has a circle.
    above = above.union(
        select(Category.id, Category.parent_id).join(
            above, Category.id == above.c.parent_id
        )
    )
    return select(above.c.id)


def height_of(category_id: int) -> Select[int]:
    """Select how many levels there are from a category down: 1 if none is below it."""
    down = (
        select(Category.id, literal(1).label("level"))
        .where(Category.id == category_id)
        .cte(recursive=True)
    )
    # Ends even where the data has a circle.
    down = down.union_all(
        select(Category.id, down.c.level + 1)
        .join(down, Category.parent_id == down.c.id)
        .where(down.c.level < MAX_DEPTH)
    )
    return select(func.max(down.c.level))
