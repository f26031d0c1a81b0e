"""After a failover: reconnect when the server has become read-only."""

import time
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError

from app.database.codes import READ_ONLY, code_of

PAUSE = 1.0  # seconds; the pools reconnect at most once in this time

# {% if cookiecutter.database == "postgresql" %}
# Reading sessions have set the variable; reset_val is the server's own value.
IS_READ_ONLY = text(
    "SELECT pg_is_in_recovery() OR reset_val = 'on'"
    " FROM pg_settings WHERE name = 'default_transaction_read_only'"
)
# {% else %}
IS_READ_ONLY = text("SELECT @@GLOBAL.read_only, @@GLOBAL.innodb_read_only")
# {% endif %}


class Failover:
    """Makes both pools reconnect when the server turns out to be read-only.

    After a failover the address, whether a name, a virtual IP or a proxy, leads to the
    new primary, but open connections stay with the old one. As long as they live,
    writes would fail and reads would return old data.
    """

    def __init__(self, engine: Engine, read_engine: Engine) -> None:
        self._left = float("-inf")
        event.listen(engine, "handle_error", self._leave_if_read_only)
        for each in (engine, read_engine):
            event.listen(each, "checkout", self._replace_if_left)

    def leave(self) -> None:
        """Replace every connection before its next use, now or after PAUSE."""
        now = time.monotonic()
        if self._left <= now:
            self._left = max(now, self._left + PAUSE)

    def _leave_if_read_only(self, context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if isinstance(error, DBAPIError) and code_of(error) in READ_ONLY:
            context.is_disconnect = True
            self.leave()

    def _replace_if_left(
        self, _connection: object, record: Any, _proxy: object
    ) -> None:
        now = time.monotonic()
        made = record.info.setdefault("made", now)
        if made < self._left <= now:
            raise DisconnectionError


def is_read_only(connection: Connection) -> bool:
    """Return whether the server is read-only."""
    # {% if cookiecutter.database == "postgresql" %}
    return bool(connection.scalar(IS_READ_ONLY))
    # {% else %}
    # MySQL answers with a number, MariaDB with one or, since version 12, a word.
    flags = connection.execute(IS_READ_ONLY).one()
    return any(flag not in (0, "OFF") for flag in flags)
    # {% endif %}
