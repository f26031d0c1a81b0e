"""From what a driver raises to what the service says."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from app.database.base import Base
from app.database.codes import FAILURES, broken_rule, code_of
from app.errors import AppError, Conflict, Invalid, Unavailable


def translate(error: SQLAlchemyError) -> AppError | None:
    """Give the error of the service for one of SQLAlchemy's, or None for a bug."""
    if isinstance(error, PoolTimeout):
        return Unavailable("The service is busy.")
    if isinstance(error, StaleDataError):
        return Conflict("It was changed by someone else meanwhile; read it again.")
    if not isinstance(error, DBAPIError):
        return None
    failure = FAILURES.get(code_of(error))
    if failure is Conflict:
        return _conflict(error)
    if failure is Invalid:
        return Invalid("The database refuses a value of the request.")
    if failure is Unavailable or error.connection_invalidated:
        return Unavailable("The database cannot serve the request now.")
    return None


def _conflict(error: DBAPIError) -> Conflict:
    columns = _columns_of(broken_rule(error))
    if not columns:
        return Conflict("Other data refers to it, or it refers to data that is gone.")
    return Conflict(f"This {' and '.join(columns)} is taken.", fields=columns)


def _columns_of(rule: str | None) -> list[str]:
    """Give the columns of a unique constraint; none where the rule is another one."""
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint) and constraint.name == rule:
                return [column.name for column in constraint.columns]
    return []
