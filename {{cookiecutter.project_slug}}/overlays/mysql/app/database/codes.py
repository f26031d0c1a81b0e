"""What the error numbers of MySQL and MariaDB mean.

https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
https://mariadb.com/kb/en/mariadb-error-code-reference/
"""

import re

from sqlalchemy.exc import DBAPIError

from app.errors import AppError, Conflict, Invalid, Refused, Retryable, Unavailable

# A number that is not in the table means a bug: wrong syntax, an unknown table. Numbers
# from 2000 to 2999 are the client library's, from 3000 on MySQL's, 1900 to 1999 and
# 4000 to 4199 MariaDB's, unless the comment says otherwise.
FAILURES: dict[int | None, type[AppError]] = {
    1022: Conflict,  # duplicate key
    1062: Conflict,  # duplicate entry
    1169: Conflict,  # duplicate entry, by a constraint
    1586: Conflict,  # duplicate entry, with the name of the key
    1761: Conflict,  # duplicate entry in a row that refers to this one
    1762: Conflict,  # the same, where the row's table may not be seen
    1216: Conflict,  # foreign key: the row referred to is missing
    1217: Conflict,  # foreign key: the row is referred to
    1451: Conflict,  # foreign key: the row is referred to, with its name
    1452: Conflict,  # foreign key: the row referred to is missing, with its name
    # A value that the column, or a function, does not take.
    1048: Invalid,  # column cannot be null
    1138: Invalid,  # invalid use of NULL
    1263: Invalid,  # NULL for a NOT NULL column
    1264: Invalid,  # out of range
    1265: Invalid,  # data truncated
    1292: Invalid,  # no such date, number or time
    1364: Invalid,  # no default value
    1365: Invalid,  # division by zero
    1366: Invalid,  # no such number, or no such character in the column's encoding
    1367: Invalid,  # illegal value
    1369: Invalid,  # WITH CHECK OPTION
    1406: Invalid,  # data too long
    1411: Invalid,  # illegal value for a function
    1441: Invalid,  # date out of range
    1525: Invalid,  # illegal value
    1526: Invalid,  # no partition for the value
    1690: Invalid,  # expression out of range
    1916: Invalid,  # out of range, MariaDB
    1918: Invalid,  # illegal value when converting, MariaDB
    3819: Invalid,  # CHECK, MySQL
    4025: Invalid,  # CHECK, MariaDB
    # Text that an encoding cannot hold, or that cannot be compared in it.
    1267: Invalid,  # illegal mix of two collations
    1270: Invalid,  # the same of three
    1271: Invalid,  # the same of more
    1300: Invalid,  # invalid character string
    1977: Invalid,  # cannot convert a character, MariaDB
    3854: Invalid,  # cannot convert a string
    3988: Invalid,  # cannot convert a string between collations
    # Patterns and documents.
    1139: Invalid,  # regular expression
    **dict.fromkeys(range(3684, 3701), Invalid),  # regular expression, MySQL
    **dict.fromkeys(range(3140, 3159), Invalid),  # JSON and its paths, MySQL
    **dict.fromkeys(range(4035, 4047), Invalid),  # JSON and its paths, MariaDB
    3037: Invalid,  # geometry
    # Larger than the server, or the client library, can take.
    1118: Invalid,  # row
    1119: Invalid,  # nested too deep for the stack
    1153: Invalid,  # packet, max_allowed_packet
    1162: Invalid,  # result, max_allowed_packet
    1197: Invalid,  # transaction, max_binlog_cache_size
    1301: Invalid,  # result of a function, max_allowed_packet
    1390: Invalid,  # number of placeholders
    1436: Invalid,  # nested too deep for the stack
    1705: Invalid,  # statement, max_binlog_stmt_cache_size
    1713: Invalid,  # undo record
    2020: Invalid,  # packet, before it is sent
    3231: Invalid,  # transaction, of a group of servers
    # The work was undone, or not begun, because of other work.
    1020: Retryable,  # row changed since read
    1213: Retryable,  # deadlock
    1412: Retryable,  # the table was migrated since the transaction began
    1614: Retryable,  # deadlock in a distributed transaction
    1615: Retryable,  # the table was migrated since the statement was prepared
    1689: Retryable,  # wait for a lock given up for the sake of another
    3101: Retryable,  # rolled back by a group of servers
    # Locks and limits of time.
    1205: Unavailable,  # lock wait timeout
    1206: Unavailable,  # more locks than there is room for
    1223: Unavailable,  # a global read lock, as for a backup
    1317: Unavailable,  # query killed
    1613: Unavailable,  # distributed transaction took too long
    1637: Unavailable,  # too many transactions at once
    1969: Unavailable,  # statement timeout, MariaDB
    3024: Unavailable,  # statement timeout, MySQL
    3572: Unavailable,  # NOWAIT
    # Disks, files and damaged tables.
    1021: Unavailable,  # disk full
    **dict.fromkeys(range(1023, 1027), Unavailable),  # cannot close, read or write
    1028: Unavailable,  # sort aborted
    1030: Unavailable,  # error of the storage engine, as when its disk is full
    1034: Unavailable,  # damaged key file
    1035: Unavailable,  # old key file
    1114: Unavailable,  # table full
    1180: Unavailable,  # error during COMMIT
    1181: Unavailable,  # error during ROLLBACK
    1194: Unavailable,  # table crashed
    1195: Unavailable,  # table crashed, and its repair too
    1467: Unavailable,  # no next value of an AUTO_INCREMENT
    1534: Unavailable,  # cannot write to the binary log
    1598: Unavailable,  # cannot use the binary log
    1712: Unavailable,  # damaged index
    **dict.fromkeys((1810, 1811), Unavailable),  # input and output
    **dict.fromkeys((1812, 1814), Unavailable),  # tablespace missing, discarded
    1815: Unavailable,  # internal error
    1817: Unavailable,  # damaged index, InnoDB
    1877: Unavailable,  # damaged table
    1878: Unavailable,  # cannot write a temporary file
    1932: Unavailable,  # table missing in its engine, MariaDB
    1964: Unavailable,  # an earlier commit failed, MariaDB
    3000: Unavailable,  # damaged file
    3019: Unavailable,  # undo log full
    3675: Unavailable,  # disk full
    3884: Unavailable,  # no temporary tablespace
    # Memory, threads, connections.
    1037: Unavailable,  # out of memory
    1038: Unavailable,  # out of sort memory
    1040: Unavailable,  # too many connections
    1041: Unavailable,  # out of memory
    1135: Unavailable,  # cannot create a thread
    1203: Unavailable,  # too many connections of the user
    1226: Unavailable,  # too many connections of the user, by its own limit
    1461: Unavailable,  # too many prepared statements
    3015: Unavailable,  # out of memory, storage engine
    3044: Unavailable,  # out of memory, function
    3170: Unavailable,  # out of memory, by its own limit
    3985: Unavailable,  # out of room for locks on tables
    4081: Unavailable,  # memory of all connections, MySQL
    4082: Unavailable,  # memory of the connection, MySQL
    # The server comes, goes, or lets nobody in; the network between.
    1042: Unavailable,  # cannot look up the client's host
    1047: Unavailable,  # not yet part of its group of servers, Galera
    1053: Unavailable,  # server shutdown
    **dict.fromkeys((1077, 1079, 1080), Unavailable),  # server shutdown
    1129: Unavailable,  # host blocked after connection errors
    1152: Unavailable,  # connection aborted
    **dict.fromkeys(range(1154, 1162), Unavailable),  # network
    1184: Unavailable,  # connection aborted
    1297: Unavailable,  # temporary error of the storage engine
    **dict.fromkeys(range(1429, 1431), Unavailable),  # a server behind the server
    1927: Unavailable,  # connection killed, MariaDB
    **dict.fromkeys(range(2000, 2100), Unavailable),  # no connection, or lost
    3032: Unavailable,  # offline mode
    3100: Unavailable,  # its group of servers takes no commit
    3168: Unavailable,  # server is not available
    3169: Unavailable,  # connection killed, MySQL
    **dict.fromkeys(range(3781, 3784), Unavailable),  # a new primary catches up
    4031: Unavailable,  # connection idle for too long, MySQL
    # Access.
    1043: Refused,  # bad handshake
    1044: Refused,  # no access to the database
    1045: Refused,  # wrong user or password
    1049: Refused,  # no such database yet
    1130: Refused,  # host not allowed
    **dict.fromkeys((1142, 1143, 1227, 1370), Refused),  # no right to do it
    **dict.fromkeys((1251, 1275, 1524), Refused),  # a way to log in not known
    1449: Refused,  # no such user, of a trigger or a view
    1698: Refused,  # wrong user
    1820: Refused,  # password to be changed
    1862: Refused,  # password expired
    **dict.fromkeys((2012, 2026), Refused),  # handshake, TLS
    **dict.fromkeys((2049, 2054, 2059, 2061), Refused),  # a way to log in not known
    3118: Refused,  # account locked, MySQL
    3159: Refused,  # TLS required
    3879: Refused,  # no access to the database
    3955: Refused,  # account locked after wrong passwords, MySQL
    4150: Refused,  # user blocked after wrong passwords, MariaDB
    4151: Refused,  # account locked, MariaDB
}

# The server is read-only: a replica, or configured so. They are not in the table above,
# because a write on a reading connection is a bug; see failover.py.
READ_ONLY = {
    1036,  # table is read-only
    1290,  # --read-only, --super-read-only
    1792,  # transaction is read-only
    1836,  # read-only mode
    1874,  # InnoDB is read-only
    3989,  # schema is read-only
}
# The server closes the connection, or, with 1047, is cut off from its group of servers: a
# new connection may lead to another one.
CLOSING = {1047, 1053, 1080, 1152, 1153, 1184, 1927, 3032, 3169, 4031}

# Something is not there: a savepoint, or a function, which is a bug.
DOES_NOT_EXIST = 1305


def failure_of(error: DBAPIError) -> type[AppError] | None:
    """Return the service's class for an error of the server, or None for a bug."""
    code = code_of(error)
    if code == DOES_NOT_EXIST and "SAVEPOINT" in (error.statement or ""):
        # A deadlock has undone the whole transaction. SQLAlchemy then goes back to the
        # savepoint, which is gone too, and raises this in place of the deadlock.
        return Retryable
    return FAILURES.get(code)


def code_of(error: DBAPIError) -> int | None:
    """Return the error number of the server or of the client library."""
    arguments = error.orig.args if error.orig else ()
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def violated_constraint(error: DBAPIError) -> str | None:
    """Return the name of the unique constraint that the statement violated, or None.

    MySQL writes the table before it ('users.uq_users_email'), MariaDB does not.
    """
    found = re.search(r"for key '(?:[^'.]*\.)?([^'.]+)'\W*$", str(error.orig))
    return found[1] if found else None
