"""The limits of MySQL and MariaDB on connections, and how a user reads them.

A query returns NULL where no limit is set.
https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html
"""

LIMITS = {
    "max_connections": "SELECT @@GLOBAL.max_connections",
    # The session's value is the user's own MAX_USER_CONNECTIONS, or else the global one.
    "the user's max_user_connections": "SELECT NULLIF(@@SESSION.max_user_connections, 0)",
}
