"""The declarative base that every table inherits from."""

from datetime import UTC, datetime
# {% if cookiecutter.database == "postgresql" %}
from typing import ClassVar
# {% else %}
from typing import Any, ClassVar
# {% endif %}

from sqlalchemy import Double, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.database.types import TIMESTAMP

# Every constraint has a name, or a later migration could not drop it:
# https://alembic.sqlalchemy.org/en/latest/naming.html
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# The largest value of an integer column.
LARGEST_INTEGER = 2**31 - 1


def utc_now() -> datetime:
    """Return the present time, with its zone."""
    return datetime.now(UTC)


class AnyTable(DeclarativeBase):
    """A table whose primary key its model names."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    # A Float loses digits on MySQL.
    type_annotation_map = {datetime: TIMESTAMP, float: Double()}

    # No model stands for a join or a view.
    __table__: ClassVar[Table]
    # {% if cookiecutter.database == "mysql" %}

    @classmethod
    def __table_cls__(cls, *args: Any, **kwargs: Any) -> Table:
        # The server's own default may still be latin1, or a table without transactions.
        return Table(*args, mysql_charset="utf8mb4", mysql_engine="InnoDB", **kwargs)
    # {% endif %}


class Base(AnyTable):
    """A table with an integer primary key, ``id``."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
    # {% if cookiecutter.database == "sqlite" %}

    @classmethod
    def __table_cls__(cls, *args: Any, **kwargs: Any) -> Table:
        # Without AUTOINCREMENT, SQLite reuses the ids of deleted rows.
        return Table(*args, sqlite_autoincrement=True, **kwargs)
    # {% endif %}


class Timestamps:
    """The times at which a row was created and last changed, set by the application.

    The application sets them because the clocks and precisions of databases differ,
    and because a row then needs no second read after it is written.
    """

    created_at: Mapped[datetime] = mapped_column(default=utc_now, sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(
        default=utc_now, onupdate=utc_now, sort_order=1
    )
