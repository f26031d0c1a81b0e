"""Connections that died, or are about to, are found before they fail a request."""

import time
from functools import partial
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from app.database.codes import CLOSING, code_of

IDLE = 5.0  # seconds; one that worked a moment ago will do


def ping_idle_connections(engine: Engine) -> None:
    """Ask connections that nobody used for a while whether they still work.

    SQLAlchemy's ``pool_pre_ping`` asks at every use, which costs each request a round
    trip, or with some drivers three. A connection that dies while it is busy, or just
    after, fails one request with a 503, and all others of the pool are made anew.
    """
    event.listen(engine, "handle_error", _note_closing)
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", partial(_ping_if_idle, engine.dialect))


def _note_closing(context: ExceptionContext) -> None:
    # Drivers only see it at the connection's next use.
    error = context.sqlalchemy_exception
    if isinstance(error, DBAPIError) and code_of(error) in CLOSING:
        context.is_disconnect = True


def _note_time(_connection: object, record: Any) -> None:
    record.info["given_back"] = time.monotonic()


def _ping_if_idle(
    dialect: Dialect, connection: Any, record: Any, _proxy: object
) -> None:
    given_back = record.info.get("given_back")
    if given_back is None or time.monotonic() - given_back < IDLE:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
