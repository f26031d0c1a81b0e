"""From the rows of a tree to the tree."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.catalog.models import Category


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
