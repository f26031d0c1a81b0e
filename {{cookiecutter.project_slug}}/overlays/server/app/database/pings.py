"""Dead connections, and those about to be closed, are found before a request fails."""

import time
from functools import partial
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from app.database.codes import CLOSING, code_of

IDLE = 5.0  # seconds; a connection used more recently is not pinged


def ping_idle_connections(engine: Engine) -> None:
    """Ping connections that have been idle for a while before they are used.

    SQLAlchemy's ``pool_pre_ping`` pings at every use, which costs each request a round
    trip, or with some drivers three. A connection that dies while it is busy, or just
    after, fails one request with a 503, and the whole pool then connects again.
    """
    event.listen(engine, "handle_error", _note_closing)
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", partial(_ping_if_idle, engine.dialect))


def _note_closing(context: ExceptionContext) -> None:
    # Drivers notice it only at the connection's next use.
    error = context.sqlalchemy_exception
    if isinstance(error, DBAPIError) and code_of(error) in CLOSING:
        context.is_disconnect = True


def _note_time(_connection: object, record: Any) -> None:
    record.info["returned"] = time.monotonic()


def _ping_if_idle(
    dialect: Dialect, connection: Any, record: Any, _proxy: object
) -> None:
    returned = record.info.get("returned")
    if returned is None or time.monotonic() - returned < IDLE:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
