"""Selects over users."""

from sqlalchemy import Select, or_, select

from app.users.models import User
from app.users.schemas import UserQuery


def matching(query: UserQuery) -> Select[User]:
    """Select the users that match."""
    statement = select(User)
    if query.search is not None:
        searched = (User.username, User.email, User.full_name)
        found = (column.icontains(query.search, autoescape=True) for column in searched)
        statement = statement.where(or_(*found))
    if query.is_active is not None:
        statement = statement.where(User.is_active.is_(query.is_active))
    return statement
