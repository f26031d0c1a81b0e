"""What "How do I protect a route" of ARCHITECTURE.md does, where users sign in."""

from app.auth.roles import Role
from app.database.database import Database

from tests.api.test_invoices import API, bill, sign_up
from tests.callers import headers_in_role
from tests.client import Client


async def test_users_read_their_own_invoices_alone(visitor: Client, database: Database) -> None:
    own = await headers_in_role(visitor, database, Role.USER)
    staff = await headers_in_role(visitor, database, Role.STAFF)
    me = (await visitor.get(f"{API}/users/me", headers=own)).json()
    others = await database.transaction(sign_up, "ann", "A-1")
    urls = []
    for number, user_id in (("A-2", me["id"]), ("A-3", others)):
        billed = await visitor.post(
            f"{API}/users/{user_id}/invoices", json=bill(number), headers=staff
        )
        urls.append(f"{API}/users/me/invoices/{billed.json()['id']}")

    answers = [(await visitor.get(url, headers=own)).status_code for url in urls]

    assert answers == [200, 404]
    assert (await visitor.get(urls[1], headers=staff)).status_code == 200
