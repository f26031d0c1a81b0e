"""From the rows of a tree to the tree, and where in it a category may be."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from app.catalog.models import Category
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


def grow(categories: Iterable[Category]) -> list[Branch]:
    """Give the top branches of the tree, every level in the order that came."""
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
