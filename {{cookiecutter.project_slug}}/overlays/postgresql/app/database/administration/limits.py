"""PostgreSQL's limits on connections, and how a role reads those that hold for it.

A query returns nothing where no limit is set. Superusers are exempt from those of roles
and databases. https://www.postgresql.org/docs/current/runtime-config-connection.html
"""

LIMITS = {
    # reserved_connections is there since version 16.
    "max_connections without the reserved ones": """
        SELECT current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true), '0')::int
    """,
    "the role's CONNECTION LIMIT": """
        SELECT rolconnlimit FROM pg_roles
        WHERE rolname = session_user AND NOT rolsuper AND rolconnlimit >= 0
    """,
    "the database's CONNECTION LIMIT": """
        SELECT datconnlimit FROM pg_database CROSS JOIN pg_roles
        WHERE datname = current_database() AND datconnlimit >= 0
            AND rolname = session_user AND NOT rolsuper
    """,
}
