"""Insert users, as rows from before a column was added."""

import sys

from app.database.base import utc_now
from app.users.models import User
from sqlalchemy import insert

from .common import begun, opened, report, run


def row(number: int) -> dict[str, object]:
    """Make a user who differs from all others."""
    return {
        "username": f"user{number}",
        "email": f"user{number}@example.com",
        "hashed_password": "none",
        "is_active": True,
        "is_superuser": False,
        "created_at": utc_now(),
        "updated_at": utc_now(),
    }


async def main() -> None:
    """Insert as many as are asked for."""
    rows = [row(number) for number in range(int(sys.argv[2]))]
    async with opened() as database, begun(database) as transaction:
        await transaction.execute(insert(User.__table__), rows)
        await transaction.commit()
    report(len(rows))


if __name__ == "__main__":
    run(main)
