"""The tree of categories: how it is built from rows, and where a category may be in it."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import Select, bindparam, func, literal, select

from app.catalog.models import Category
from app.catalog.schemas import CategoryListed, CategoryNode
from app.errors import Conflict

# The whole tree is one answer, and neither servers nor clients nest without end.
MAX_DEPTH = 20


def build_tree(categories: Iterable[CategoryListed]) -> list[CategoryNode]:
    """Return the top of the tree; siblings keep the order in which they come."""
    below: defaultdict[int | None, list[CategoryNode]] = defaultdict(list)
    for each in categories:
        # Not validated: a copy of the list of children would miss those that follow.
        node = CategoryNode.model_construct(
            id=each.id, name=each.name, slug=each.slug, children=below[each.id]
        )
        below[each.parent_id].append(node)
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


def _select_ancestors() -> Select[int]:
    above = (
        select(Category.id, Category.parent_id)
        .where(Category.id == bindparam("category_id"))
        .cte(recursive=True)
    )
    # UNION without ALL ends even where the data has a cycle.
    above = above.union(
        select(Category.id, Category.parent_id).join(
            above, Category.id == above.c.parent_id
        )
    )
    return select(above.c.id)


def _select_height() -> Select[int]:
    down = (
        select(Category.id, literal(1).label("level"))
        .where(Category.id == bindparam("category_id"))
        .cte(recursive=True)
    )
    # The limit ends it even where the data has a cycle.
    down = down.union_all(
        select(Category.id, down.c.level + 1)
        .join(down, Category.parent_id == down.c.id)
        .where(down.c.level < MAX_DEPTH)
    )
    return select(func.max(down.c.level))


# The ids of a category and of all above it; none where it does not exist.
ANCESTORS = _select_ancestors()
# The number of levels from a category down: 1 where none is below it.
HEIGHT = _select_height()
# {% if cookiecutter.database != "sqlite" %}

# Keeps others from moving categories until the commit: two concurrent moves can each be
# valid and together form a cycle. FOR NO KEY UPDATE: inserts of products (foreign keys)
# are not blocked.
ALL_LOCKED = select(Category.id).order_by(Category.id).with_for_update(key_share=True)
# {% endif %}
